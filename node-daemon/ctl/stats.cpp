// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/terminal.hpp"
#include "node-daemon/ctl/usage_table.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {
namespace {

constexpr auto k_clear_screen = "\033[2J\033[H";

/// Behind those that run, those that do not.
Status add_others(Context context, std::vector<UsageLine>& lines) {
    RDT_TRY(const auto all, context.client.list_containers(/*all=*/true));
    for (const auto& container : all.containers()) {
        const auto is_this = [&](const UsageLine& line) { return line.usage.id() == container.id(); };
        if (std::ranges::any_of(lines, is_this)) continue;
        UsageLine line{.is_running = false};
        line.usage.set_id(container.id());
        line.usage.set_name(container.name());
        lines.push_back(std::move(line));
    }
    return {};
}

Result<std::string> picture(Context context, const StatsOptions& options, UsageHistory& history) {
    RDT_TRY(const auto response, context.client.container_stats(options.containers));
    auto lines = history.add(response);
    if (options.all && options.containers.empty()) RDT_CHECK(add_others(context, lines));
    if (context.json) return options.once ? usage_json(lines) : usage_json_lines(lines);
    return render_usage(lines, options.no_trunc ? Truncate::no : Truncate::yes);
}

} // namespace

Result<int> stats(Context context, const StatsOptions& options) {
    UsageHistory history;
    const bool clears = !context.json && !options.once && !options.no_reset && is_terminal(STDOUT_FILENO);
    while (true) {
        RDT_TRY(const auto text, picture(context, options, history));
        RDT_CHECK(print((clears ? k_clear_screen : "") + text));
        if (options.once) return 0;
        std::this_thread::sleep_for(std::chrono::duration<double>(options.interval_seconds));
    }
}

} // namespace redoubt::ctl
