#!/bin/sh
# Apache's kafka-console-consumer.sh in the words of `samsa consume`.
usage() {
  echo "kafka-console-consumer.sh of samsa takes --bootstrap-server, --topic, --from-beginning, --max-messages, --partition, --group, --timeout-ms, --isolation-level, --property print.key, key.separator, and --consumer.config; $1. 'samsa consume --help' lists everything else." >&2
  exit 1
}
topic='' server=localhost:9092 from='' keys='' separator='	' timeout=''
count=$#
while [ "$count" -gt 0 ]; do
  word=$1 value=$2
  shift
  count=$((count - 1))
  case $word in
    --from-beginning) from=beginning && continue ;;
    --*=*) value=${word#*=} word=${word%%=*} ;;
    *)
      [ "$count" -gt 0 ] || usage "$word needs a value"
      shift
      count=$((count - 1))
      ;;
  esac
  case $word in
    --bootstrap-server) server=$value ;;
    --topic) topic=$value ;;
    --max-messages) set -- "$@" --count "$value" ;;
    --partition) set -- "$@" --partition "$value" ;;
    --group) set -- "$@" --group "$value" ;;
    --timeout-ms) timeout=$value ;;
    --consumer.config | --command-config) set -- "$@" --command-config "$value" ;;
    --isolation-level) set -- "$@" --isolation "${value#read_}" ;;
    --property | --formatter-property)
      case $value in
        print.key=*) keys=${value#*=} ;;
        key.separator=*) separator=${value#*=} ;;
        *) usage "it does not know the property $value" ;;
      esac
      ;;
    *) usage "it does not know $word" ;;
  esac
done
[ -n "$topic" ] || usage '--topic is needed'
[ "$keys" = true ] && set -- "$@" --format "%k$separator%v\\n"
set -- consume "$@" --bootstrap-server "$server" ${from:+--from "$from"} -- "$topic"
if [ -n "$timeout" ]; then
  exec timeout -s INT "$(((timeout + 999) / 1000))" samsa "$@"
fi
exec samsa "$@"
