#!/bin/sh
# Apache's kafka-consumer-groups.sh in the words of `samsa groups`.
usage() {
  echo "kafka-consumer-groups.sh of samsa takes --list, --describe, --delete, --delete-offsets and --reset-offsets with --bootstrap-server, --group, --topic, --to-earliest, --to-latest, --to-offset, --to-datetime, --shift-by, --dry-run, --execute, --all-topics, --type, --state and --command-config; $1. 'samsa groups --help' lists everything else." >&2
  exit 1
}
action='' group='' topic='' server=localhost:9092 place='' shift_by='' run='' every=''
count=$#
while [ "$count" -gt 0 ]; do
  word=$1 value=$2
  shift
  count=$((count - 1))
  case $word in
    --list | --describe | --delete | --delete-offsets | --reset-offsets) action=${word#--} && continue ;;
    --to-earliest) place=beginning && continue ;;
    --to-latest) place=end && continue ;;
    --execute | --dry-run) run=${word#--} && continue ;;
    --all-topics) every=all && continue ;;
    --offsets | --verbose) continue ;;
    --*=*) value=${word#*=} word=${word%%=*} ;;
    --bootstrap-server | --group | --topic | --to-offset | --to-datetime | --shift-by | --type | --state | --command-config)
      [ "$count" -gt 0 ] || usage "$word needs a value"
      shift
      count=$((count - 1))
      ;;
  esac
  case $word in
    --bootstrap-server) server=$value ;;
    --group) group=$value ;;
    --topic) topic=$value ;;
    --to-offset | --to-datetime) place=$value ;;
    --shift-by) shift_by=$value ;;
    --type | --state | --command-config) set -- "$@" "$word" "$value" ;;
    *) usage "it does not know $word" ;;
  esac
done
set -- "$@" --bootstrap-server "$server"
[ "$action" = list ] || [ -n "$group" ] || [ -z "$action" ] || usage "--$action needs --group"
case $action in
  list)
    groups=$(samsa groups list --json "$@") || exit
    printf '%s\n' "$groups" | sed -n 's/^{"groupId":"\([^"]*\)".*/\1/p'
    ;;
  describe | delete) exec samsa groups "$action" "$@" -- "$group" ;;
  delete-offsets)
    [ -n "$topic" ] || usage '--delete-offsets needs --topic'
    exec samsa groups delete-offsets --topic "$topic" "$@" -- "$group"
    ;;
  reset-offsets)
    [ -n "$topic$every" ] || usage '--reset-offsets needs --topic or --all-topics'
    [ -n "$place$shift_by" ] || usage '--reset-offsets needs a place, such as --to-earliest'
    [ "$run" = execute ] || set -- "$@" --dry-run
    exec samsa groups reset ${place:+--to "$place"} ${shift_by:+--by "$shift_by"} ${topic:+--topic "$topic"} "$@" -- "$group"
    ;;
  *) usage 'one of the actions is needed' ;;
esac
