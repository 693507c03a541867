#!/usr/bin/env bash
# Builds, serves, tests and times the Alignment Playground, installing what is missing first.
#
# Pinned versions stand in one place each: wasm-bindgen in Cargo.toml (its command line
# must be the crate's own version), npm packages in www/ and tests/ package.json,
# wasm-pack and Debian's packages here.
set -euo pipefail
cd "$(dirname "$0")"

WASM_PACK_VERSION=0.15.1
DEBIAN_RUST="rustc-web cargo-web rust-web-src lld-22"
DEBIAN_LINKER=wasm-ld-22
DEBIAN_BROWSER="chromium chromium-driver"
# A GPU in software, for the tests of the GPU engine.
DEBIAN_VULKAN="libvulkan1 mesa-vulkan-drivers"
WASM_TARGET=wasm32-unknown-unknown
TOOLS=$PWD/.tools

usage() {
  cat <<'EOF'
usage: ./build.sh COMMAND

  serve [--port N]   build the page, serve it on localhost and print the address (port 8000)
  build              write the static site to dist/, ready for any static host
  test [PART]        run every test; PART is native, wasm, js or e2e
  bench              time the standard task natively and in headless Chromium, beside its peers: JSON lines and a table
  clean              remove everything that was built or installed into this folder
  --help             show this

Missing tools are installed first; sudo is used only after asking.
CHROME and CHROMEDRIVER name a browser and its driver in unusual places.
EOF
}

say() { printf '\n== %s\n' "$*"; }
fail() {
  printf 'build.sh: %s\n' "$*" >&2
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# ---- what must be there ----

need_basics() {
  have rustup || fail "rustup is missing. Install it from https://rustup.rs, then run this again."
  have cargo || fail "cargo is missing. Run: rustup toolchain install stable"
  have node && have npm || fail "Node.js is missing. Install version 20 or newer from https://nodejs.org, then run this again."
  local major
  major=$(node -p 'process.versions.node.split(".")[0]')
  [ "$major" -ge 20 ] || fail "Node.js $major is too old. Install version 20 or newer from https://nodejs.org."
}

# apt_install PACKAGE… on Debian, asking before sudo.
apt_install() {
  local command="apt-get install -y --no-install-recommends $*"
  if [ "$(id -u)" -eq 0 ]; then
    apt-get update -q
    # shellcheck disable=SC2086 # a list of words
    DEBIAN_FRONTEND=noninteractive $command
    return
  fi
  [ -t 0 ] || fail "these packages are missing: $*. Run: sudo $command"
  local answer
  read -r -p "Install $* with sudo? [y/N] " answer
  [ "$answer" = y ] || fail "these packages are missing: $*. Run: sudo $command"
  sudo apt-get update -q
  # shellcheck disable=SC2086
  sudo $command
}

need_wasm_target() {
  local lib
  lib=$(rustc --print sysroot)/lib/rustlib/$WASM_TARGET
  if [ -d "$lib" ]; then return; fi
  if ! debian_target_ready && rustup target add $WASM_TARGET 2>/dev/null; then return; fi
  have apt-get || fail "the Rust target $WASM_TARGET is missing and could not be downloaded. Run: rustup target add $WASM_TARGET"
  debian_target_ready || build_debian_target
  export RUSTUP_TOOLCHAIN=debian
  export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$DEBIAN_LINKER
}

debian_target_ready() {
  have $DEBIAN_LINKER && rustup toolchain list | grep -q '^debian' &&
    [ "$(cat "$(debian_stamp)" 2>/dev/null)" = "$(/usr/bin/rustc --version 2>/dev/null)" ]
}

debian_stamp() { echo "/usr/lib/rustlib/$WASM_TARGET/built-with"; }

# Where rustup's download is refused, Debian's compiler builds the standard library once.
build_debian_target() {
  say "Building Rust's standard library for $WASM_TARGET"
  # shellcheck disable=SC2086
  apt_install $DEBIAN_RUST
  rustup toolchain link debian /usr
  local work lib=/usr/lib/rustlib/$WASM_TARGET/lib
  work=$(mktemp -d)
  mkdir "$work/src"
  : >"$work/src/lib.rs"
  printf '[package]\nname = "empty"\nversion = "0.1.0"\nedition = "2021"\n' >"$work/Cargo.toml"
  (cd "$work" && CARGO_TARGET_DIR="$work/target" RUSTC_BOOTSTRAP=1 \
    cargo +debian build --release --target $WASM_TARGET -Zbuild-std=std,panic_abort,panic_unwind,proc_macro,test)
  rm -f "$work/target/$WASM_TARGET/release/deps/"libempty-*
  local sudo=
  [ -w /usr/lib/rustlib ] || sudo=sudo
  $sudo mkdir -p "$lib"
  $sudo cp "$work/target/$WASM_TARGET/release/deps/"*.rlib "$lib/"
  /usr/bin/rustc --version | $sudo tee "$(debian_stamp)" >/dev/null
  rm -rf "$work"
}

# cargo_tool NAME PACKAGE VERSION [FLAG…]: into .tools/, unless that version is at hand.
cargo_tool() {
  local name=$1 package=$2 version=$3
  shift 3
  if have "$name" && [ "$("$name" --version | awk '{ print $2 }')" = "$version" ]; then return; fi
  say "Installing $package $version"
  cargo_native install "$package" --version "$version" --root "$TOOLS" --force "$@"
}

# cargo with the ordinary toolchain, whatever the wasm steps use.
cargo_native() { env -u RUSTUP_TOOLCHAIN cargo "$@"; }

need_wasm_tools() {
  export PATH=$TOOLS/bin:$PWD/tests/node_modules/.bin:$PATH
  local bindgen
  bindgen=$(sed -n 's/^wasm-bindgen = "=\(.*\)"$/\1/p' Cargo.toml)
  # Without --locked: one of its locked dependencies has been withdrawn.
  cargo_tool wasm-bindgen wasm-bindgen-cli "$bindgen"
  cargo_tool wasm-pack wasm-pack "$WASM_PACK_VERSION" --locked
}

# npm_install FOLDER, unless its lock file is the one that was installed.
npm_install() {
  local stamp=$1/node_modules/.installed
  if cmp -s "$1/package-lock.json" "$stamp"; then return; fi
  say "Installing the npm packages of $1/"
  (cd "$1" && npm ci)
  cp "$1/package-lock.json" "$stamp"
}

find_browser() {
  local mac="/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
  CHROME=${CHROME:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
  if [ -z "$CHROME" ] && [ -x "$mac" ]; then CHROME=$mac; fi
  CHROMEDRIVER=${CHROMEDRIVER:-$(command -v chromedriver || true)}
}

need_browser() {
  find_browser
  if { [ -z "$CHROME" ] || [ -z "$CHROMEDRIVER" ]; } && have apt-get && [ -f /etc/debian_version ]; then
    # shellcheck disable=SC2086
    apt_install $DEBIAN_BROWSER
    find_browser
  fi
  [ -n "$CHROME" ] || fail "no Chrome or Chromium was found. Install one, or set CHROME to its path."
  [ -n "$CHROMEDRIVER" ] || fail "no chromedriver was found. Install the one for your browser (macOS: brew install chromedriver), or set CHROMEDRIVER to its path."
  export CHROME CHROMEDRIVER
}

# The GPU engine's native tests need Vulkan or, on a Mac, Metal.
need_vulkan() {
  if [ ! -f /etc/debian_version ] || ls /usr/share/vulkan/icd.d/*.json >/dev/null 2>&1; then return; fi
  # shellcheck disable=SC2086
  apt_install $DEBIAN_VULKAN
}

# ---- the site ----

build_wasm() {
  need_basics
  npm_install www
  npm_install tests
  (
    need_wasm_target
    need_wasm_tools
    say "Building the core for the browser"
    local pack="wasm-pack build --release --mode no-install --no-opt --no-pack --target web --out-name playground"
    # Twice at once, for compilers of one crate keep one processor busy: once more for browsers that multiply and add in
    # one instruction. Both go with the same JavaScript.
    $pack --out-dir www/pkg &
    CARGO_TARGET_DIR=target/relaxed $pack --out-dir target/relaxed/pkg -- \
      --config 'target.wasm32-unknown-unknown.rustflags=["-C", "target-feature=+relaxed-simd"]'
    wait $!
    cmp www/pkg/playground.js target/relaxed/pkg/playground.js
    cp target/relaxed/pkg/playground_bg.wasm www/pkg/playground_relaxed_bg.wasm
    optimise www/pkg/playground_bg.wasm &
    optimise www/pkg/playground_relaxed_bg.wasm --enable-relaxed-simd
    wait $!
  )
  vendor
}

# The libraries that the page loads, and their licences.
vendor() {
  mkdir -p www/vendor
  cp www/node_modules/uplot/dist/uPlot.esm.js www/node_modules/uplot/dist/uPlot.min.css www/vendor/
  cp www/node_modules/uplot/dist/uPlot.d.ts www/vendor/uPlot.esm.d.ts
  cp www/node_modules/uplot/LICENSE www/vendor/uPlot.LICENSE
  cp www/node_modules/@huggingface/tokenizers/dist/tokenizers.min.mjs www/vendor/tokenizers.js
  cp www/node_modules/@huggingface/tokenizers/LICENSE www/vendor/tokenizers.LICENSE
  echo 'export * from "@huggingface/tokenizers";' >www/vendor/tokenizers.d.ts
  cp www/node_modules/fflate/esm/browser.js www/vendor/fflate.js
  cp www/node_modules/fflate/LICENSE www/vendor/fflate.LICENSE
  echo 'export * from "fflate";' >www/vendor/fflate.d.ts
  cp www/node_modules/idb-keyval/dist/index.js www/vendor/idb-keyval.js
  cp www/node_modules/idb-keyval/LICENCE www/vendor/idb-keyval.LICENSE
  echo 'export * from "idb-keyval";' >www/vendor/idb-keyval.d.ts
  # It comes as a script; the page takes modules.
  {
    echo '// @ts-nocheck'
    echo '/** @type {any} */ const module = { exports: {} }, exports = module.exports;'
    cat www/node_modules/papaparse/papaparse.min.js
    echo
    echo 'export default module.exports;'
  } >www/vendor/papaparse.js
  cp www/node_modules/papaparse/LICENSE www/vendor/papaparse.LICENSE
}

build_site() {
  build_wasm
  rm -rf dist
  mkdir dist
  (cd www && cp -r assets pkg ../dist/)
  rm -f dist/pkg/*.d.ts dist/pkg/.gitignore dist/assets/screenshot.png
  : >dist/.nojekyll
  node www/build/pages.mjs dist
  bundle
  node www/build/precache.mjs dist
  say "The site stands in dist/"
}

# Comments and long names stay in the source; so do the many modules, which joined are fewer to ask for and smaller.
bundle() {
  mkdir dist/vendor
  cp www/vendor/*.LICENSE dist/vendor/
  (
    cd www
    esbuild() { ../tests/node_modules/.bin/esbuild --minify --outdir=../dist --outbase=. --log-level=warning "$@"; }
    # What pages and Workers start with keeps its place. The rest moves into chunks/, from where an address relative to
    # its module holds if that one lay in a folder too.
    esbuild --bundle --splitting --format=esm --chunk-names=chunks/[name]-[hash] --external:../pkg/* \
      app/first-paint.js {app,compare,games,diffusion}/main.js {,compare-,games-,diffusion-,shape-}worker.js
    # Each as it is: these are asked for by their own names.
    esbuild --allow-overwrite service-worker.js pkg/playground.js styles/*.css vendor/*.css
  )
}

# optimise FILE [FLAG…]: wasm-opt takes minutes, so what it made of the same bytes by the same commands before is kept.
# Functions of any size with one caller stay functions: in large ones, browsers' compilers run out of registers. By name,
# what was made of one generic function stands together, where gzip sees that it is alike: a twentieth off the download.
optimise() {
  local file=$1 kept
  shift
  kept=target/optimised/$({ declare -f optimise && cat "$file"; } | cksum | tr ' ' -).wasm
  if [ ! -f "$kept" ]; then
    mkdir -p target/optimised
    wasm-opt -O2 --one-caller-inline-max-function-size=50 --reorder-functions-by-name "$@" --enable-simd --enable-bulk-memory --enable-nontrapping-float-to-int --enable-sign-ext \
      --enable-mutable-globals --enable-reference-types --enable-multivalue "$file" -o "$kept"
  fi
  cp "$kept" "$file"
}

# ---- the benchmark ----

# Everything in turn, on the same machine in the same minutes. PYTHON names one that has torch; else PyTorch is installed.
bench() {
  npm_install tests/bench/peers
  (cd tests/bench/peers && npx esbuild page.js --bundle --splitting --format=esm --outdir=built --log-level=error \
    '--define:process.env.NODE_ENV="production"' --external:{fs,path,worker_threads,perf_hooks,os,util,crypto})
  if [ -z "${PYTHON:-}" ]; then
    PYTHON=target/torch/bin/python
    [ -x "$PYTHON" ] || python3 -m venv target/torch
    "$PYTHON" -m pip install --quiet --requirement tests/bench/requirements.txt
  fi
  cargo build --release --bin playground
  {
    target/release/playground bench
    "$PYTHON" tests/bench/torch_task.py
    node tests/bench/browser.mjs
    node tests/bench/peers.mjs
  } | tee target/bench.jsonl
  node tests/bench/table.mjs <target/bench.jsonl
  node tests/bench/methods.mjs
  node tests/bench/diffusion.mjs
  node tests/bench/takeover.mjs
}

# ---- tests ----

timed() {
  local started=$SECONDS
  say "$1"
  shift
  "$@"
  printf -- '-- %s s\n' $((SECONDS - started))
}

test_native() {
  need_basics
  need_vulkan
  timed "Format" cargo fmt --all --check
  timed "Lints" cargo clippy --release --all-targets -- -D warnings
  timed "Native tests" cargo test --release
}

test_wasm() {
  need_basics
  need_browser
  npm_install tests
  (
    need_wasm_target
    need_wasm_tools
    # Software makes a GPU of the processor, so its tests take longer than the runner expects.
    export WASM_BINDGEN_TEST_TIMEOUT=240
    local run=(wasm-pack test --headless --chrome --chromedriver "$CHROMEDRIVER" --release --mode no-install --)
    timed "Core in headless Chromium, with WebGPU" "${run[@]}" --test web --test web_gpu
    export WASM_BINDGEN_TEST_WEBDRIVER_JSON=tests/webdriver-without-gpu.json
    timed "Core in headless Chromium, without WebGPU" "${run[@]}" --test web --test web_without_gpu
  )
}

test_js() {
  build_site
  timed "Types of the page" tests/node_modules/.bin/tsc --project tests/tsconfig.json
  timed "Types of the service worker" tests/node_modules/.bin/tsc --project tests/tsconfig.service-worker.json
  timed "Unit tests of the page" node --test tests/js/*.test.js
}

test_e2e() {
  need_browser
  [ -d dist ] || build_site
  # The command line gives the curve that the page must give.
  cargo build --release --bin playground
  timed "The page, end to end" node --test --test-concurrency=1 tests/e2e/*.test.mjs
}

# ---- commands ----

case ${1:---help} in
serve)
  port=8000
  if [ "${2:-}" = --port ]; then port=${3:?--port needs a number}; fi
  build_site
  exec node tests/serve.mjs dist "$port"
  ;;
build) build_site ;;
test)
  case ${2:-all} in
  native) test_native ;;
  wasm) test_wasm ;;
  js) test_js ;;
  e2e) test_e2e ;;
  all)
    test_native
    test_wasm
    test_js
    test_e2e
    ;;
  *) fail "there is no part ${2}: choose native, wasm, js or e2e" ;;
  esac
  ;;
bench)
  build_site
  need_browser
  bench
  ;;
clean) rm -rf target dist .tools www/pkg www/vendor www/node_modules tests/node_modules ;;
--help | -h | help) usage ;;
*)
  usage >&2
  fail "there is no command $1"
  ;;
esac
