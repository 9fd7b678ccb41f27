// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "tests/unit/node-daemon/storage/temporary_folder.hpp"

#include <algorithm>
#include <cstdlib>
#include <format>
#include <fstream>

#include <fcntl.h>
#include <sys/mman.h>

#include "common/base/file.hpp"
#include "node-daemon/storage/child_process.hpp"

namespace redoubt::node::storage::test {

TemporaryFolder::TemporaryFolder() {
    auto name = (std::filesystem::temp_directory_path() / "redoubt-storage-XXXXXX").native();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path TemporaryFolder::file(std::string_view name, std::string_view content) const {
    const auto path = path_ / name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
}

std::vector<std::string> contents_of(const std::filesystem::path& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, error))
        names.push_back(entry.path().lexically_relative(folder).native());
    std::ranges::sort(names);
    return names;
}

CommandResult run(const std::string& command) {
    const UniqueFd output(::memfd_create("command output", MFD_CLOEXEC));
    const UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    auto child = ChildProcess::spawn({"/bin/sh", "-c", command},
                                     {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "TZ=UTC"},
                                     nothing.get(), output.get());
    if (!child) return {.output = child.error().message};
    CommandResult result;
    result.status = child->wait().value_or(-1);
    result.output = read_file(std::format("/proc/self/fd/{}", output.get())).value_or(std::string());
    return result;
}

} // namespace redoubt::node::storage::test
