// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/asio/io_context.hpp>

#include <exception>
#include <filesystem>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "common/async/task.hpp"

namespace redoubt::test {

/// Runs a task to its end; what it started beside itself waits until the next call.
template <class T>
T run(asio::io_context& context, asio::awaitable<T> task) {
    std::optional<T> out;
    asio::co_spawn(context, std::move(task), [&](std::exception_ptr error, T value) {
        if (error) std::rethrow_exception(error);
        out = std::move(value);
    });
    context.restart();
    while (!out && context.run_one() > 0) {
    }
    return std::move(out).value();
}

/// A folder that goes with its owner; its path is short enough for unix sockets.
class TemporaryFolder {
  public:
    TemporaryFolder()
        : path_(std::filesystem::temp_directory_path() / ("rdt-" + std::to_string(std::random_device{}()))) {
        std::filesystem::create_directories(path_);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    TemporaryFolder(TemporaryFolder&&) = delete;
    TemporaryFolder& operator=(TemporaryFolder&&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

} // namespace redoubt::test
