// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <csignal>
#include <initializer_list>
#include <memory>
#include <vector>

#include "common/base/error.hpp"
#include "common/base/unique_fd.hpp"

namespace redoubt::ctl {

/// While it lives, the given signals do not end the program but arrive as numbers on a pipe. One at a time.
class SignalPipe {
  public:
    static Result<std::unique_ptr<SignalPipe>> open(std::initializer_list<int> signals);
    ~SignalPipe();
    SignalPipe(const SignalPipe&) = delete;
    SignalPipe& operator=(const SignalPipe&) = delete;

    /// Readable when a signal has come.
    [[nodiscard]] int fd() const { return read_end_.get(); }
    /// The signals that have come since the last call.
    [[nodiscard]] std::vector<int> take();

  private:
    struct Previous {
        int signal;
        struct sigaction action;
    };
    SignalPipe(UniqueFd read_end, UniqueFd write_end);

    UniqueFd read_end_;
    UniqueFd write_end_;
    std::vector<Previous> previous_;
};

} // namespace redoubt::ctl
