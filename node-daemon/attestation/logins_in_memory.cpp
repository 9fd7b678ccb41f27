// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/attestation/logins_in_memory.hpp"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <format>

namespace redoubt::node::attestation {

Result<std::unique_ptr<LoginsInMemory>> LoginsInMemory::make(std::string origin) {
    UniqueFd file(::memfd_create("redoubt-logins", MFD_CLOEXEC | MFD_NOEXEC_SEAL));
    if (!file || ::fchmod(file.get(), 0600) != 0) return fail_errno(errno, "make a file in memory");
    std::unique_ptr<LoginsInMemory> made(new LoginsInMemory(std::move(origin), std::move(file)));
    RDT_CHECK(made->put_refusal("it has not answered yet"));
    return made;
}

std::filesystem::path LoginsInMemory::file() const {
    return std::format("/proc/self/fd/{}", file_.get());
}

Task<void> LoginsInMemory::take(std::string_view value) {
    co_return put(value);
}

Task<void> LoginsInMemory::lose(std::string why) {
    co_return put_refusal(why);
}

Status LoginsInMemory::put(std::string_view content) {
    struct stat status{};
    if (::fstat(file_.get(), &status) != 0) return fail_errno(errno, "logins in memory");
    // What was there is overwritten, not only let go.
    std::string bytes(content);
    bytes.resize(std::max(content.size(), static_cast<std::size_t>(status.st_size)), ' ');
    const auto written = ::pwrite(file_.get(), bytes.data(), bytes.size(), 0);
    const bool is_whole = written == static_cast<ssize_t>(bytes.size());
    ::explicit_bzero(bytes.data(), bytes.size());
    if (!is_whole || ::ftruncate(file_.get(), static_cast<off_t>(content.size())) != 0)
        return fail_errno(errno, "logins in memory");
    return {};
}

Status LoginsInMemory::put_refusal(const std::string& why) {
    return put(boost::json::serialize(
        boost::json::object{{"unavailable", std::format("they come from {}: {}", origin_, why)}}));
}

} // namespace redoubt::node::attestation
