#!/bin/sh
# Apache's kafka-get-offsets.sh in the words of `samsa records offsets`.
usage() {
  echo "kafka-get-offsets.sh of samsa takes --bootstrap-server, --topic, --time (earliest, latest, -1, -2 or milliseconds) and --command-config; $1. 'samsa records offsets --help' lists everything else." >&2
  exit 1
}
topic='' server=localhost:9092 at=end config=''
while [ $# -gt 0 ]; do
  case $1 in
    --*=*) word=${1%%=*} value=${1#*=} ;;
    *) [ $# -gt 1 ] || usage "$1 needs a value" && word=$1 value=$2 && shift ;;
  esac
  shift
  case $word in
    --bootstrap-server) server=$value ;;
    --topic) topic=$value ;;
    --command-config) config=$value ;;
    --time)
      case $value in
        -1 | latest) at=end ;;
        -2 | earliest) at=beginning ;;
        *[!0-9]*) usage "it does not know the time $value" ;;
        *) at=@$value ;;
      esac
      ;;
    *) usage "it does not know $word" ;;
  esac
done
[ -n "$topic" ] || usage '--topic is needed'
offsets=$(samsa records offsets --at "$at" --json --bootstrap-server "$server" ${config:+--command-config "$config"} -- "$topic") || exit
printf '%s\n' "$offsets" | sed -n 's/^{"topic":"\([^"]*\)","partition":\([0-9]*\),.*"offset":\(-\{0,1\}[0-9]*\).*/\1:\2:\3/p'
