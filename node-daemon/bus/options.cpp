// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/bus/options.hpp"

#include <algorithm>

namespace redoubt::node::bus {
namespace {

Status read_option(sd_bus_message* call, std::initializer_list<std::pair<std::string_view, bool*>> known) {
    const char* name = nullptr;
    RDT_CHECK(check(::sd_bus_message_read(call, "s", &name), "read an option"));
    const auto* const found =
        std::ranges::find(known, std::string_view(name), [](const auto& each) { return each.first; });
    if (found == known.end()) return fail(Code::invalid_argument, "option '{}' is not known", name);
    int value = 0;
    if (::sd_bus_message_read(call, "v", "b", &value) < 0)
        return fail(Code::invalid_argument, "option '{}' is a boolean", name);
    *found->second = value != 0;
    return {};
}

} // namespace

Status read_options(sd_bus_message* call, std::initializer_list<std::pair<std::string_view, bool*>> known) {
    RDT_CHECK(check(::sd_bus_message_enter_container(call, 'a', "{sv}"), "read options"));
    while (::sd_bus_message_enter_container(call, 'e', "sv") > 0) {
        RDT_CHECK(read_option(call, known));
        RDT_CHECK(check(::sd_bus_message_exit_container(call), "read options"));
    }
    return check(::sd_bus_message_exit_container(call), "read options");
}

} // namespace redoubt::node::bus
