#!/usr/bin/env bash
# Makes sound.ogg: sentences of a synthetic voice with pauses, over the noise of a room, a knock and a tone between them.
# Needs the Debian packages espeak-ng, sox and vorbis-tools.
set -euo pipefail
folder=$(cd "$(dirname "$0")" && pwd)
parts=$(mktemp -d)
trap 'rm -rf "$parts"' EXIT
rate=16000

say() { # NAME VOICE SPEED TEXT
  espeak-ng -v "$2" -s "$3" -w "$parts/raw.wav" "$4"
  sox "$parts/raw.wav" -r $rate -c 1 "$parts/$1.wav" norm -4
}
quiet() { sox -n -r $rate -c 1 "$parts/$1.wav" trim 0 "$2"; }

say 1 en-us 150 "Is anybody there?"
say 2 en-gb 160 "Yes. I was only thinking, which makes no sound at all."
say 3 de 150 "Gut, dann warten wir noch einen Augenblick."
quiet a 1.2
quiet b 1.6
quiet c 2.0
sox -n -r $rate -c 1 "$parts/tone.wav" synth 0.7 sine 880 gain -14
sox -n -r $rate -c 1 "$parts/knock.wav" synth 0.08 brownnoise gain -4
sox "$parts/a.wav" "$parts/1.wav" "$parts/b.wav" "$parts/tone.wav" "$parts/a.wav" "$parts/2.wav" "$parts/a.wav" "$parts/knock.wav" \
  "$parts/a.wav" "$parts/3.wav" "$parts/c.wav" "$parts/speech.wav"
sox "$parts/speech.wav" -p synth pinknoise gain -40 | sox -m "$parts/speech.wav" - -c 1 -b 16 -e signed-integer "$parts/mixed.wav" norm -3
oggenc --quiet -q 1 -o "$folder/sound.ogg" "$parts/mixed.wav"
