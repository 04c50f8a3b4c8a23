#!/bin/sh
# Apache's kafka-transactions.sh: `samsa transactions` has its words, with those of the connection behind the action.
action='' waiting=''
for word in "$@"; do
  shift
  if [ -n "$waiting" ]; then
    set -- "$@" "$word" && waiting=''
  elif [ -z "$action" ] && [ "${word#--}" = "$word" ]; then
    action=$word
  else
    set -- "$@" "$word"
    case $word in
      --bootstrap-server | --command-config) waiting=1 ;;
    esac
  fi
done
exec samsa transactions $action "$@"
