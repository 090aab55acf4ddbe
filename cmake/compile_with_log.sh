#!/bin/sh
# compile_with_log.sh COMMAND ... -o OBJECT ...: a compiler launcher. What the command says goes to
# OBJECT.log, which the machine-code tests read, and without the report of `ptxas -v` to the terminal.
object=
before=
for argument in "$@"; do
  if [ "$before" = -o ]; then object=$argument; fi
  before=$argument
done
"$@" >"$object.log" 2>&1
result=$?
grep -v -e '^ptxas info  *: \(Compiling\|Function\|Used\|[0-9]* bytes\)' \
  -e '^ *[0-9]* bytes stack frame' -e '^ptxas info  *: Compile time' -e '^$' "$object.log" >&2
exit $result
