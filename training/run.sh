#!/bin/sh
# From nothing to a pack: sh training/run.sh SHARED/data [FOLDER]. Resumes where it stopped. About three hours on two cores.
set -eu
data=$1
work=${2:-out/training}
cd "$(dirname "$0")/.."
mkdir -p "$work"
python3 -m venv "$work/venv"
. "$work/venv/bin/activate"
pip install -q -r training/requirements.txt -e .
[ -f "$work/base/tokenizer.json" ] || python -m training.encoder --out "$work/base"
python -m training.train --data "$data" --base "$work/base" --out "$work/run"
python -m training.export --run "$work/run" --base "$work/base" --data "$data" --out "$work/pack" --name "sagt-small-$(date +%F)"
python -m training.names --data "$data" --pack "$work/pack" --out "$work/names" --stage names
python -m training.names --data "$data" --pack "$work/pack" --out "$work/taught" --stage taught --teacher "$work/names"
python -m training.export --run "$work/taught" --from-pack "$work/pack" --out "$work/named" --name "sagt-small-$(date +%F)"
rm -r "$work/pack" && mv "$work/named" "$work/pack"
python -m training.names --data "$data" --pack "$work/pack" --out "$work/press" --stage press
python -m training.export --run "$work/press" --from-pack "$work/pack" --out "$work/named" --name "sagt-small-$(date +%F)"
rm -r "$work/pack" && mv "$work/named" "$work/pack"
python -m training.tune --data "$data" --pack "$work/pack"
python -m training.same --base "$work/base" --data "$data" --out "$work/tuned"
python -m training.meaning --base "$work/tuned" --pack "$work/pack"
python -m training.claims --pack "$work/pack"
python -m training.stances --pack "$work/pack" --write
python -m training.promises --pack "$work/pack" --write
python -m evaluation.run --data "$data" --pack "$work/pack" --write || true
python -m training.card --pack "$work/pack"
echo "the pack is in $work/pack; copy it to sagt/packs/default to ship it"
