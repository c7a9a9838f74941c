#!/usr/bin/env bash
# Runs every fuzzer of the asan build for some seconds, two at a time, from the corpus in the tree. What a fuzzer finds
# is left in build/fuzz, and fails the run.
#
# usage: fuzz.sh SECONDS [FUZZER...]      for example: fuzz.sh 3600 operator
# The build is made for every change, so it is not optimised. For hours of fuzzing it should be, since operators then run
# six times as often: cmake --preset asan -D CMAKE_CXX_FLAGS_DEBUG="-O1 -g1"
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:?usage: fuzz.sh SECONDS [FUZZER...]}
shift
fuzzers=("$@")
if ((${#fuzzers[@]} == 0)); then
  for source in fuzz/*_fuzzer.cpp; do fuzzers+=("$(basename "$source" _fuzzer.cpp)"); done
fi

fuzz() {
  local name=$1 folder=build/fuzz/$1
  mkdir -p "$folder/corpus" "$folder/findings"
  if [[ -d fuzz/corpus/$name ]]; then cp fuzz/corpus/"$name"/* "$folder/corpus/"; fi
  if build/asan/fuzz/wedge-"$name"-fuzzer -max_total_time="$seconds" -timeout=20 -max_len=4096 -rss_limit_mb=3000 \
    -artifact_prefix="$folder/findings/" -print_final_stats=1 "$folder/corpus" >"$folder/log" 2>&1; then
    echo "$name: $(awk '/number_of_executed_units/ {print $2}' "$folder/log") runs"
  else
    tail -n 60 "$folder/log"
    echo "$name: found something; see $folder/findings" >&2
    return 1
  fi
}
export -f fuzz
export seconds
printf '%s\n' "${fuzzers[@]}" | xargs -P 2 -I{} bash -c 'set -euo pipefail; fuzz {}'
