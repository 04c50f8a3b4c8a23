#!/bin/sh
# Apache's kafka-configs.sh in the words of `samsa configs`.
usage() {
  echo "kafka-configs.sh of samsa takes --describe and --alter with --bootstrap-server, --entity-type (topics, brokers, groups, client-metrics, broker-loggers), --entity-name, --entity-default, --topic, --broker, --group, --broker-defaults, --add-config, --delete-config, --all and --command-config; $1. 'samsa configs --help', 'samsa users --help' and 'samsa quotas --help' list everything else." >&2
  exit 1
}
# Lines of key=value: a comma ends one unless it stands in brackets, which go.
pairs() {
  printf '%s\n' "$1" | awk '{
    depth = 0
    for (i = 1; i <= length($0); i++) {
      c = substr($0, i, 1)
      if (c == "[") depth++
      else if (c == "]") depth--
      else if (c == "," && depth == 0) printf "\n"
      else printf "%s", c
    }
    printf "\n"
  }'
}
action='' type='' name='' server=localhost:9092 add='' delete='' default='' config='' all=''
while [ $# -gt 0 ]; do
  word=$1
  shift
  case $word in
    --describe | --alter) action=${word#--} && continue ;;
    --entity-default | --broker-defaults) default=1 && continue ;;
    --all) all=--all && continue ;;
    --*=*) value=${word#*=} word=${word%%=*} ;;
    *)
      [ $# -gt 0 ] || usage "$word needs a value"
      value=$1
      shift
      ;;
  esac
  case $word in
    --bootstrap-server) server=$value ;;
    --entity-type) type=$value ;;
    --entity-name) name=$value ;;
    --topic | --broker | --group) type=${word#--}s name=$value ;;
    --add-config) add=$value ;;
    --delete-config) delete=$value ;;
    --command-config) config=$value ;;
    *) usage "it does not know $word" ;;
  esac
done
case $type in
  topics | brokers | groups | broker-loggers) resource=--${type%s} ;;
  client-metrics) resource=--client-metrics ;;
  '') [ -n "$default" ] && type=brokers || usage '--entity-type is needed' ;;
  *) usage "it does not know the entity type $type" ;;
esac
if [ -n "$default" ]; then
  [ "$type" = brokers ] || usage "there are no defaults of $type here"
  set -- --brokers
else
  [ -n "$name" ] || usage '--entity-name is needed'
  set -- "$resource" "$name"
fi
set -- "$@" --bootstrap-server "$server" ${config:+--command-config "$config"}
[ "$action" = describe ] && exec samsa configs describe $all "$@"
[ "$action" = alter ] || usage 'one of the actions is needed'
[ -n "$add$delete" ] || usage '--alter needs --add-config or --delete-config'
newline='
'
IFS=$newline
set -f
for key in $([ -z "$delete" ] || pairs "$delete"); do set -- "$@" --delete "$key"; done
set -- "$@" --
for pair in $([ -z "$add" ] || pairs "$add"); do set -- "$@" "$pair"; done
exec samsa configs alter "$@"
