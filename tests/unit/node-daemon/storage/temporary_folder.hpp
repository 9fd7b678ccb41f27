// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace redoubt::node::storage::test {

/// A folder that goes with the test.
class TemporaryFolder {
  public:
    TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    TemporaryFolder(TemporaryFolder&&) = delete;
    TemporaryFolder& operator=(TemporaryFolder&&) = delete;
    ~TemporaryFolder();

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    /// Writes a file and returns where it is.
    [[nodiscard]] std::filesystem::path file(std::string_view name, std::string_view content) const;

  private:
    std::filesystem::path path_;
};

/// Everything below a folder, relative, sorted.
std::vector<std::string> contents_of(const std::filesystem::path& folder);

/// Runs a shell command; its exit status and standard output.
struct CommandResult {
    int status = -1;
    std::string output;
};
CommandResult run(const std::string& command);

} // namespace redoubt::node::storage::test
