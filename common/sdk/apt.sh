# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# Sourced by sdk. Everything that speaks to a Debian archive: where it is, the lock, the .deb cache.
# shellcheck shell=bash

# A set of packages is a folder of lists and a lock. "sdk" is the build root, "image" what the host image is made of.
packages_use() { # set
    case $1 in
        sdk) packages_dir=$repo/common/sdk/packages lock_file=$repo/common/sdk/packages.lock ;;
        image) packages_dir=$repo/host-image/packages lock_file=$repo/host-image/packages.lock ;;
        *) die "no set of packages '$1'" "sdk or image" ;;
    esac
}
packages_use sdk
readonly suites="trixie trixie-updates trixie-backports forky"

# The archive's address comes from the host's own apt, or REDOUBT_DEBIAN_MIRROR; none is written in this project.
debian_mirror() {
    if [[ -n ${REDOUBT_DEBIAN_MIRROR:-} ]]; then echo "${REDOUBT_DEBIAN_MIRROR%/}"; return; fi
    local uri
    uri=$(apt-get indextargets --format '$(SITE) $(REPO_URI) $(ORIGIN) $(LABEL)' 2>/dev/null |
        awk '$3 == "Debian" && $4 == "Debian" { print $2; exit }')
    [[ -n $uri ]] || uri=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
        grep -oE '(https?|file|copy)://[^] ]+/debian/?( |$)' | grep -v security | head -1 | tr -d ' ')
    [[ -n $uri ]] || die "no Debian archive in this host's apt sources" \
        "set REDOUBT_DEBIAN_MIRROR to the address of a Debian archive (the folder that holds dists/)"
    echo "${uri%/}"
}

# An apt of our own beside the host's: empty dpkg status, our suites and pins; the host's proxy settings stay in force.
apt_open() {
    apt_dir="$cache/apt"
    mkdir -p "$apt_dir"/{lists/partial,archives/partial,empty} "$cache/debs"
    : >"$apt_dir/status"
    local mirror; mirror=$(debian_mirror)
    local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    [[ -e $keyring ]] || keyring=/usr/share/keyrings/debian-archive-keyring.pgp
    for suite in $suites; do echo "deb [signed-by=$keyring] $mirror $suite main"; done >"$apt_dir/sources.list"
    cat >"$apt_dir/apt.conf" <<CONF
Dir::State::lists "$apt_dir/lists";
Dir::State::status "$apt_dir/status";
Dir::Cache "$apt_dir";
Dir::Cache::archives "$apt_dir/archives";
Dir::Etc::sourcelist "$apt_dir/sources.list";
Dir::Etc::sourceparts "$apt_dir/empty";
Dir::Etc::preferences "$packages_dir/preferences";
Dir::Etc::preferencesparts "$apt_dir/empty";
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
CONF
    export APT_CONFIG="$apt_dir/apt.conf"
}

apt_refresh() { quietly "$logs/apt-update.log" apt-get update; }

# Packages of data: taken apart into the root, without what they would need to be of use to anybody else.
unpacked_packages() { [[ ! -e $packages_dir/unpacked ]] || grep -v '^#' "$packages_dir/unpacked"; }
listed_packages() { sed 's/#.*//' "$packages_dir"/*.list | tr -s ' \n' '\n' | grep . | sort -u; }

# Writes name, version, architecture and SHA-256 of every package the lists need, dependencies included.
lock_write() {
    local essential wanted
    essential=$(apt-cache dumpavail | awk '/^Package: /{p=$2} /^Essential: yes/{print p}' | sort -u)
    wanted=$( (listed_packages; echo "$essential"; echo apt) | sort -u)
    # shellcheck disable=SC2086
    apt-get -s install $wanted >"$logs/lock.log" 2>&1 || die "the package lists cannot be satisfied" "see $logs/lock.log"
    {
        echo "# name version architecture sha256; written by './sdk lock', never by hand"
        { awk '$1 == "Inst" { gsub(/[()]/, ""); print $2 "=" $3 }' "$logs/lock.log"; unpacked_packages; } | sort -u |
            xargs apt-cache show --no-all-versions |
            awk '/^Package: /{p=$2} /^Version: /{v=$2} /^Architecture: /{a=$2} /^SHA256: /{print p, v, a, $2}' | sort -u
    } >"$lock_file.new"
    mv "$lock_file.new" "$lock_file"
}

locked_packages() { grep -v '^#' "$lock_file"; }

deb_file() { echo "$cache/debs/${1}_${2//:/%3a}_${3}.deb"; }   # name version arch, as apt names them

# Debian's archive keeps one version of a package. When a locked one has left it, the lock follows the archive, as it would
# by './sdk lock': a fresh machine must come to a root, and what it was made of shows in git. With REDOUBT_LOCKED=1 nothing
# but the lock as it was will do.
lock_follow() {
    local gone=$1
    [[ ${REDOUBT_LOCKED:-} != 1 ]] ||
        die "locked packages have left the archive: $gone" "'./sdk lock' renews the lock; without REDOUBT_LOCKED=1 it renews itself"
    echo "sdk: locked packages have left the archive ($gone): renewing ${lock_file#"$repo/"}, which git will show as changed" >&2
    lock_write
}

# name=version of every locked .deb that the cache lacks.
debs_missing() {
    local name version arch sha
    while read -r name version arch sha; do
        [[ -e $(deb_file "$name" "$version" "$arch") ]] || echo "$name=$version"
    done < <(locked_packages)
}

# Those of NAME=VERSION... that the archive as apt last read it does not have.
debs_gone() {
    comm -23 <(printf '%s\n' "$@" | sort) <(printf '%s\n' "${@%%=*}" | xargs apt-cache madison | awk '{ print $1 "=" $3 }' | sort -u)
}

# Brings every locked .deb into the cache and checks its hash.
debs_fetch() {
    local name version arch sha file missing gone
    mapfile -t missing < <(debs_missing)
    if ((${#missing[@]})); then
        apt_refresh
        mapfile -t gone < <(debs_gone "${missing[@]}")
        if ((${#gone[@]})); then
            lock_follow "$(printf '%s ' "${gone[@]:0:3}")and others, ${#gone[@]} in all"
            mapfile -t missing < <(debs_missing)
        fi
    fi
    if ((${#missing[@]})); then
        # Only what was fetched whole is moved into the cache, so an interrupted download starts where it stopped.
        local partial="$cache/debs.part"; mkdir -p "$partial"
        (cd "$partial" && printf '%s\n' "${missing[@]}" | xargs -n 40 apt-get download) >"$logs/fetch.log" 2>&1 ||
            die "packages could not be fetched: $(grep '^E: ' "$logs/fetch.log" | head -3)" "see $logs/fetch.log"
        mv "$partial"/*.deb "$cache/debs/"
    fi
    while read -r name version arch sha; do
        file=$(deb_file "$name" "$version" "$arch")
        echo "$sha  $file"
    done < <(locked_packages) | sha256sum --check --quiet >"$logs/verify.log" 2>&1 ||
        die "a cached package does not have the locked hash: $(head -1 "$logs/verify.log")" "delete that file and run again"
}

# A flat repository of exactly the locked packages, so that mmdebstrap can install nothing else.
repo_write() { # folder
    local out=$1 name version arch sha file
    mkdir -p "$out"
    while read -r name version arch sha; do
        file=$(deb_file "$name" "$version" "$arch")
        ln -f "$file" "$out/" 2>/dev/null || cp "$file" "$out/"
        dpkg-deb -f "$file"
        printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "$(basename "$file")" "$(stat -c %s "$file")" "$sha"
    done < <(locked_packages) >"$out/Packages"
}
