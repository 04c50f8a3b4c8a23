#!/bin/sh
# Apache's kafka-topics.sh in the words of `samsa topics`.
usage() {
  echo "kafka-topics.sh of samsa takes --create, --list, --describe, --delete and --alter with --bootstrap-server, --topic, --partitions, --replication-factor, --config, --if-exists, --if-not-exists, --exclude-internal and --command-config; $1. 'samsa topics --help' lists everything else." >&2
  exit 1
}
action='' topic='' server=localhost:9092 partitions='' internal=--internal
count=$#
while [ "$count" -gt 0 ]; do
  word=$1 value=$2
  shift
  count=$((count - 1))
  case $word in
    --*=*) value=${word#*=} word=${word%%=*} attached=1 ;;
    *) attached=0 ;;
  esac
  case $word in
    --create | --list | --describe | --delete | --alter) action=${word#--} && continue ;;
    --exclude-internal) internal='' && continue ;;
    --if-exists | --if-not-exists) set -- "$@" "$word" && continue ;;
    --bootstrap-server | --topic | --partitions | --replication-factor | --config | --command-config) ;;
    *) usage "it does not know $word" ;;
  esac
  if [ "$attached" = 0 ]; then
    [ "$count" -gt 0 ] || usage "$word needs a value"
    shift
    count=$((count - 1))
  fi
  case $word in
    --bootstrap-server) server=$value ;;
    --topic) topic=$value ;;
    --partitions) partitions=$value ;;
    --replication-factor) set -- "$@" --replicas "$value" ;;
    *) set -- "$@" "$word" "$value" ;;
  esac
done
set -- "$@" --bootstrap-server "$server"
case $action in
  list)
    topics=$(samsa topics list $internal --json "$@") || exit
    printf '%s\n' "$topics" | sed -n 's/^{"topic":"\([^"]*\)".*/\1/p'
    exit
    ;;
  create) [ -n "$topic" ] && exec samsa topics create ${partitions:+--partitions "$partitions"} "$@" -- "$topic" ;;
  alter) [ -n "$topic" ] && [ -n "$partitions" ] && exec samsa topics alter --partitions "$partitions" "$@" -- "$topic" ;;
  describe) [ -n "$topic" ] && exec samsa topics describe "$@" -- "$topic" ;;
  delete) [ -n "$topic" ] && exec samsa topics delete "$@" -- "$topic" ;;
  *) usage 'one of the actions is needed' ;;
esac
usage "--$action needs --topic"
