// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/oci_runtime/rlimits.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

namespace redoubt::guest::oci_runtime {

namespace {

struct KnownLimit {
    std::string_view name;
    __rlimit_resource resource;
};

constexpr std::array<KnownLimit, 16> k_limits = {{
    {"RLIMIT_AS", RLIMIT_AS},
    {"RLIMIT_CORE", RLIMIT_CORE},
    {"RLIMIT_CPU", RLIMIT_CPU},
    {"RLIMIT_DATA", RLIMIT_DATA},
    {"RLIMIT_FSIZE", RLIMIT_FSIZE},
    {"RLIMIT_LOCKS", RLIMIT_LOCKS},
    {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
    {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
    {"RLIMIT_NICE", RLIMIT_NICE},
    {"RLIMIT_NOFILE", RLIMIT_NOFILE},
    {"RLIMIT_NPROC", RLIMIT_NPROC},
    {"RLIMIT_RSS", RLIMIT_RSS},
    {"RLIMIT_RTPRIO", RLIMIT_RTPRIO},
    {"RLIMIT_RTTIME", RLIMIT_RTTIME},
    {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
    {"RLIMIT_STACK", RLIMIT_STACK},
}};

} // namespace

Status apply_rlimits(const std::vector<oci::Rlimit>& limits) {
    for (const auto& limit : limits) {
        const auto* const known = std::ranges::find(k_limits, limit.type, &KnownLimit::name);
        if (known == k_limits.end())
            return fail(Code::invalid_argument, "unknown resource limit '{}'", limit.type);
        const rlimit value{limit.soft, limit.hard};
        if (::setrlimit(known->resource, &value) != 0)
            return fail_errno(errno, "set {} to {}:{}", limit.type, limit.soft, limit.hard);
    }
    return {};
}

} // namespace redoubt::guest::oci_runtime
