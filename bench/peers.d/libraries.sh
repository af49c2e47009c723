# shellcheck shell=bash
# The libraries' part of bench/peers, which sources it.

# One run of a peer right after one of OpenSSL's bare call, so that what the machine does in a moment
# happens to both.
library() { # ALGORITHM COMMAND…
  local directory=$out/samples/$1 line
  shift
  line=$("${on_peer[@]}" "$bin/peers.d/bench_peer_signet" openssl "$directory" "$bare") ||
    fail "OpenSSL's bare call failed"
  row limit "$line"
  if line=$("${on_peer[@]}" timeout 120 "$@" "$directory" "$seconds" 2>"$out/library.log") &&
    [[ $line == '{'* ]]; then
    row library "$line"
  else
    untried "$*" "$(last_line "$out/library.log")"
  fi
}

fetch_node() {
  local to=$fetched/node
  mkdir -p "$to"
  cp "$here"/node/{package.json,package-lock.json,libraries.mjs} "$here/servers/oidc_provider.mjs" "$to"
  cmp -s "$to/package-lock.json" "$to/node_modules/.from" || {
    (cd "$to" && HOME=$to npm ci --ignore-scripts --no-audit --no-fund --fetch-timeout=20000 \
      --fetch-retries=1) >"$out/npm.log" 2>&1 &&
      cp "$to/package-lock.json" "$to/node_modules/.from"
  }
}

build_go() {
  local to=$fetched/go
  mkdir -p "$to"
  cp "$here"/go/{go.mod,go.sum,main.go} "$to"
  (
    cd "$to"
    export HOME=$to GOFLAGS=-mod=readonly GOTOOLCHAIN=local GOPATH=$to/path GOCACHE=$to/cache CGO_ENABLED=0
    { [[ -d path ]] || timeout 60 go mod download; } && go build -o golang-jwt .
  ) >"$out/go.log" 2>&1
}

measure_libraries() {
  local algorithm run peer ours=$bin/peers.d/bench_peer_signet
  say "libraries, on core ${cores[0]}"
  local node=yes go=yes
  fetch_node || { node=; untried "jose, fast-jwt, jsonwebtoken" "npm: $(last_line "$out/npm.log")"; }
  build_go || { go=; untried golang-jwt "go: $(last_line "$out/go.log")"; }
  for peer in libjwt cjose rhonabwy; do
    [[ -x $bin/peers.d/bench_peer_$peer ]] || untried "$peer" "not built: its package is missing"
  done
  for algorithm in es256 rs256; do
    for ((run = 0; run < runs; run++)); do
      library "$algorithm" "$ours" cold
      library "$algorithm" "$ours" cached
      for peer in jose fast-jwt jsonwebtoken; do
        [[ -z $node ]] || library "$algorithm" node "$fetched/node/libraries.mjs" "$peer" cold
      done
      [[ -z $node ]] || library "$algorithm" node "$fetched/node/libraries.mjs" fast-jwt cached
      [[ -z $go ]] || library "$algorithm" "$fetched/go/golang-jwt"
      library "$algorithm" "$python" "$here/python/pyjwt.py"
      for peer in libjwt cjose rhonabwy; do
        [[ ! -x $bin/peers.d/bench_peer_$peer ]] || library "$algorithm" "$bin/peers.d/bench_peer_$peer"
      done
    done
  done
}
