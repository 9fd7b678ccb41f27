// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "tests/performance/kbs/broker_process.hpp"

#include <charconv>
#include <ctime>

#include "common/base/file.hpp"

namespace redoubt::performance {

Result<std::chrono::nanoseconds> processor_time_of(pid_t process) {
    clockid_t clock{};
    timespec time{};
    if (const int number = ::clock_getcpuclockid(process, &clock); number != 0)
        return fail_errno(number, "processor time of process {}", process);
    if (::clock_gettime(clock, &time) != 0) return fail_errno(errno, "processor time of process {}", process);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

Result<std::uint64_t> resident_kib_of(pid_t process) {
    RDT_TRY(const auto text, read_file(std::format("/proc/{}/status", process)));
    constexpr std::string_view k_name = "VmRSS:";
    const auto at = text.find(k_name);
    const auto from = at == std::string::npos ? at : text.find_first_of("0123456789", at + k_name.size());
    if (from == std::string::npos) return fail(Code::data_loss, "memory of process {}: not said", process);
    std::uint64_t number = 0;
    std::from_chars(text.data() + from, text.data() + text.size(), number);
    return number;
}

} // namespace redoubt::performance
