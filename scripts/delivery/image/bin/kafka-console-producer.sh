#!/bin/sh
# Apache's kafka-console-producer.sh in the words of `samsa produce`.
usage() {
  echo "kafka-console-producer.sh of samsa takes --bootstrap-server, --topic, --compression-codec, --request-required-acks, --property parse.key, key.separator, and --producer.config; $1. 'samsa produce --help' lists everything else." >&2
  exit 1
}
topic='' server=localhost:9092 keys='' separator='	' compression='' acks='' config=''
while [ $# -gt 0 ]; do
  case $1 in
    --*=*) word=${1%%=*} value=${1#*=} ;;
    *) [ $# -gt 1 ] || usage "$1 needs a value" && word=$1 value=$2 && shift ;;
  esac
  shift
  case $word in
    --bootstrap-server | --broker-list) server=$value ;;
    --topic) topic=$value ;;
    --compression-codec) compression=$value ;;
    --request-required-acks) acks=$value ;;
    --producer.config | --command-config) config=$value ;;
    --property | --reader-property)
      case $value in
        parse.key=*) keys=${value#*=} ;;
        key.separator=*) separator=${value#*=} ;;
        *) usage "it does not know the property $value" ;;
      esac
      ;;
    *) usage "it does not know $word" ;;
  esac
done
[ -n "$topic" ] || usage '--topic is needed'
[ "$acks" != -1 ] || acks=all
set -- --bootstrap-server "$server" ${compression:+--compression "$compression"} ${acks:+--acks "$acks"} ${config:+--command-config "$config"}
[ "$keys" = true ] && set -- "$@" --key-separator "$separator"
exec samsa produce "$@" -- "$topic"
