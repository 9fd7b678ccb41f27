// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// redoubt-settings: writes, on each boot, what of /etc follows from the answers that the installation was
/// given. /etc forgets.

#include <unistd.h>

#include <iostream>

#include "common/base/file.hpp"
#include "host-image/settings/settings.hpp"

namespace redoubt::host_image {
namespace {

constexpr const char* k_answers = "/var/lib/redoubt-node/answers.toml";
constexpr const char* k_levels = "/usr/lib/redoubt/levels.conf";

Status apply() {
    RDT_TRY(const auto text, read_file(k_answers, appliance::k_max_answers));
    RDT_TRY(const auto answers, appliance::parse_answers(text, k_answers));
    std::string levels;
    if (wants_weak_levels(answers)) {
        RDT_TRY(levels, read_file(k_levels));
    }
    RDT_CHECK(write_settings(settings_files(answers, levels), "/etc"));
    if (sethostname(answers.host_name.data(), answers.host_name.size()) != 0)
        return fail_errno(errno, "set the host name");
    return {};
}

} // namespace
} // namespace redoubt::host_image

int main(int count, char** words) {
    if (count > 1) {
        std::cout << "usage: redoubt-settings\nWrites what of /etc follows from the answers of the "
                     "installation (redoubt-settings(8)).\n";
        return std::string_view(words[1]) == "--help" ? 0 : 2;
    }
    if (const auto done = redoubt::host_image::apply(); !done) {
        std::cerr << "redoubt-settings: " << done.error().message << "\n";
        return 1;
    }
    return 0;
}
