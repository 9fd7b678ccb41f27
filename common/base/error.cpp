// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/base/error.hpp"

#include <array>
#include <cerrno>
#include <system_error>

namespace redoubt {

std::string_view name_of(Code code) {
    static constexpr std::array<std::string_view, 17> k_names = {
        "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
        "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
        "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
        "DATA_LOSS", "UNAUTHENTICATED"};
    const auto index = static_cast<std::size_t>(code);
    return index < k_names.size() ? k_names[index] : "UNKNOWN";
}

Code code_of_errno(int number) {
    switch (number) {
    case ENOENT:
    case ESRCH: return Code::not_found;
    case EEXIST: return Code::already_exists;
    case EINVAL:
    case ENAMETOOLONG:
    case ELOOP:
    case ENOTDIR:
    case EISDIR: return Code::invalid_argument;
    case EACCES:
    case EPERM:
    case EROFS: return Code::permission_denied;
    case ENOSPC:
    case EDQUOT:
    case ENOMEM:
    case EMFILE:
    case ENFILE: return Code::resource_exhausted;
    case ETIMEDOUT: return Code::deadline_exceeded;
    case ECANCELED: return Code::cancelled;
    case ECONNREFUSED:
    case ECONNRESET:
    case EPIPE:
    case EHOSTUNREACH:
    case ENETUNREACH: return Code::unavailable;
    case EOPNOTSUPP:
    case ENOSYS: return Code::unimplemented;
    default: return Code::internal;
    }
}

std::string text_of_errno(int number) {
    return std::generic_category().message(number);
}

} // namespace redoubt
