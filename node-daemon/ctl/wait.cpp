// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/each_container.hpp"
#include "node-daemon/ctl/exit_code.hpp"
#include "node-daemon/ctl/json_output.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {

Result<int> wait(Context context, const WaitOptions& options) {
    std::vector<std::pair<std::string, int>> codes;
    const auto wait_for_one = [&](const std::string& container) -> Status {
        RDT_TRY(const int code, context.client.wait_container(container));
        codes.emplace_back(container, code);
        return context.json ? Status() : print(std::to_string(code) + "\n");
    };
    const auto outcome = for_each_name(options.containers, wait_for_one, exit_code_of);
    if (context.json) RDT_CHECK(print(exit_codes_json(codes)));
    return outcome.exit_code;
}

} // namespace redoubt::ctl
