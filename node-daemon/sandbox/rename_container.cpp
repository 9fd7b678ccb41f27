// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/node.hpp"
#include "node-daemon/sandbox/use_cases.hpp"

namespace redoubt::node::sandbox {
namespace {

/// In memory first, so that nobody takes the name meanwhile.
void set_name(Container& container, const std::string& name) {
    container.record.name = name;
    container.spec.name = name;
    container.record.spec = render_spec(container.spec);
}

} // namespace

Task<void> rename_container(Node& node, std::string container, std::string name) {
    RDT_CO_TRY(const auto found, find_container(node, container));
    const auto turn = co_await found->changes.lock();
    if (found->is_being_removed)
        co_return fail(Code::failed_precondition, "container '{}' is being removed", found->record.name);
    const auto before = found->record.name;
    if (before == name) co_return fail(Code::invalid_argument, "container '{}' has that name already", name);
    RDT_CO_CHECK(check_name_is_free(node, name));
    set_name(*found, name);
    if (auto saved = co_await save(node, found); !saved) {
        set_name(*found, before);
        co_return std::unexpected(saved.error().within(std::format("rename container '{}'", before)));
    }
    publish(node, *found, "rename", {{"old_name", before}});
    co_return Status{};
}

} // namespace redoubt::node::sandbox
