// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/process/process_state.hpp"

#include <format>

#include "common/base/file.hpp"

namespace redoubt::process {

bool is_stopped(pid_t pid) {
    const auto stat = read_file(std::format("/proc/{}/stat", pid));
    if (!stat) return false;
    // The state follows the command's name, which is in parentheses and may contain anything.
    const auto end = stat->rfind(") ");
    if (end == std::string::npos || end + 2 >= stat->size()) return false;
    const char state = (*stat)[end + 2];
    return state == 'T' || state == 't'; // proc_pid_stat(5)
}

} // namespace redoubt::process
