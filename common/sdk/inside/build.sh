# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# build, test, lint: CMake presets and ctest.
# shellcheck shell=bash

clock() { printf '%d:%02d' $(((SECONDS - started) / 60)) $(((SECONDS - started) % 60)); }

say() { [[ -n ${REDOUBT_QUIET:-} ]] || echo "[$(clock)] $*" >&2; }

fail() { echo "sdk: $1" >&2; [[ -n ${2:-} ]] && echo "  remedy: $2" >&2; exit 1; }

configure() { # preset
    [[ $build_root/$1/build.ninja -nt CMakePresets.json ]] && return
    say "configure $1"
    cmake --preset "$1" -B "$build_root/$1" >"$logs/configure-$1.log" 2>&1 || { tail -20 "$logs/configure-$1.log" >&2; fail "configure $1 failed"; }
}

compile() { # preset [target...]
    local preset=$1; shift
    configure "$preset"
    say "build $preset (ninja -j$jobs)"
    ninja -k 0 -C "$build_root/$preset" -j "$jobs" "$@" >"$logs/build-$preset.log" 2>&1 ||
        { grep -E 'error|FAILED|undefined' -A4 "$logs/build-$preset.log" | head -60 >&2; fail "build $preset failed" "see logs/build-$preset.log in the cache folder"; }
}

# Everything that a node needs: daemon, command line, guest kernel and initramfs.
build_node() { # preset
    compile "$1"
    # Without ccache's relative paths, which would stand in the agent where __FILE__ does: one more input of its bytes.
    CCACHE_BASEDIR="" compile guest redoubt-agent redoubt-agent-confidential
    guest_image
    export PATH="$build_root/$1/bin:$PATH"
}

verb_build() {
    local preset=${1:-dev}
    case $preset in
        dev | release | tsan | coverage | fuzz) ;;
        tidy) configure tidy; compile tidy; ctest --test-dir "$build_root/tidy" -L lint --output-on-failure; return ;;
        *) fail "no preset '$preset'" "./sdk build dev|release|tsan|tidy|fuzz|coverage" ;;
    esac
    case $preset in
        fuzz) compile fuzz fuzzers ;;
        tsan) compile tsan ;;
        *) build_node "$preset" ;;
    esac
    say "built in build/$preset"
}

verb_lint() { configure dev; compile dev; ctest --test-dir "$build_root/dev" -L lint --output-on-failure; }

# The tiers: quick (everything once, small counts), full (the counts the issues name), soak (fuzzing and endurance).
# The box installs itself and boots in every run of all tests, and does what its test has when it is asked for by name. A machine that began with
# nothing has no time left for it: CI ends after 90 minutes.
boots_the_box() { # filter
    [[ "$*" == *appliance* ]] && return
    (($# == 0)) || return
    local minutes=$((($(date +%s) - ${REDOUBT_BEGAN:-$(date +%s)}) / 60))
    ((minutes <= 30)) && return
    say "host image: not built and not booted, as building all else took $minutes minutes: ./sdk test appliance does"
    return 1
}

verb_test() {
    export REDOUBT_TIER=quick
    local filter=()
    while (($#)); do
        case $1 in
            --full) REDOUBT_TIER=full ;;
            --soak) REDOUBT_TIER=soak ;;
            -*) fail "unknown option '$1'" "./sdk test [--full|--soak] [FILTER]" ;;
            *) filter=(-R "$1") ;;
        esac
        shift
    done
    [[ $REDOUBT_TIER == soak ]] && { test_soak "${filter[@]}"; return; }
    build_node dev
    # Not when only tests are asked for of which that build has none.
    if [[ $REDOUBT_TIER == full && ! "${filter[*]}" =~ (integration|e2e|appliance|lint) ]]; then
        compile tsan
        say "unit tests under ThreadSanitizer"
        ctest --test-dir "$build_root/tsan" -L unit -j "$jobs" --output-on-failure "${filter[@]}"
    fi
    # What is installed, upgraded and removed by a test is what the other tests have tested: the build with sanitizers.
    pack dev "$build_root/packages-dev" -D CPACK_DEBIAN_COMPRESSION_TYPE=zstd
    export REDOUBT_PACKAGES=${REDOUBT_PACKAGES:-$build_root/packages-dev}
    if [[ -z ${REDOUBT_IMAGE:-} ]] && boots_the_box "${filter[@]}"; then
        if [[ $REDOUBT_TIER == full ]]; then build_image_twice "$build_root/packages-dev"; else build_image "$build_root/packages-dev"; fi
        build_iso "$build_root/dev/bin/redoubt-install"
        export REDOUBT_IMAGE=$image_out
    fi
    say "tests, tier $REDOUBT_TIER"
    # The list of tests is made at configure time; new folders of tests must be seen.
    ctest --test-dir "$build_root/dev" -j "$jobs" --output-on-failure --no-tests=error "${filter[@]}"
    if [[ $REDOUBT_TIER == full && ${#filter[@]} == 0 ]]; then test_endurance; fi
}

# Growth is looked at without sanitizers, which keep for a while what was freed.
test_endurance() {
    build_node release
    compile release kbs_load
    say "100,000 attestations of a release build"
    REDOUBT_KBS=$build_root/release/bin/redoubt-kbs REDOUBT_KBS_LOAD=$build_root/release/bin/kbs_load REDOUBT_KBS_ATTESTATIONS=100000 REDOUBT_SHARED="" \
        python3 -B -m pytest -q -p no:cacheprovider tests/integration/kbs/test_load.py
    say "500 runs of a release build"
    REDOUBT_PRESET=release python3 common/sdk/throwaway_node.py --own-network --guest "$build_root/guest-image" -- \
        tests/e2e/run_images test_endurance.py -s
}

test_soak() {
    compile fuzz fuzzers
    say "fuzzing"
    ctest --test-dir "$build_root/fuzz" -L fuzz -j "$jobs" --output-on-failure "$@"
    build_node dev
    ctest --test-dir "$build_root/dev" -L e2e --output-on-failure "$@"
}
