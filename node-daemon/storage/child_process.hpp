// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::node::storage {

/// A helper program that runs without a shell, in a process group of its own, with three descriptors and no
/// more. It is killed with its group when this is destroyed before wait(). Blocking.
class ChildProcess {
  public:
    /// `argv[0]` is the program's path. `output_fd` receives its standard output and standard error.
    /// Errors: not_found naming the program when it is not installed.
    [[nodiscard]] static Result<ChildProcess> spawn(const std::vector<std::string>& argv,
                                                    const std::vector<std::string>& environment, int input_fd,
                                                    int output_fd);

    ChildProcess(ChildProcess&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
    ChildProcess& operator=(ChildProcess&&) = delete;
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;
    ~ChildProcess();

    /// Waits for its end: the exit status, or 128 + the signal that ended it.
    Result<int> wait();

  private:
    explicit ChildProcess(pid_t pid) : pid_(pid) {}

    pid_t pid_;
};

} // namespace redoubt::node::storage
