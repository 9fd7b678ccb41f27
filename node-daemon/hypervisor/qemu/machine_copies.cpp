// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// What a template is made of, and a clone begins with: the state of the machine's devices as a migration
// stream, without the memory, which is a file that both have mapped. Source: QEMU
// docs/devel/migration/features.rst, x-ignore-shared.
#include "node-daemon/hypervisor/qemu/machine.hpp"

#include <format>
#include <utility>

namespace redoubt::node::hypervisor::qemu {
namespace {

namespace bj = boost::json;
using asio::experimental::awaitable_operators::operator||;

bj::object capability(const char* name) {
    return {{"capability", name}, {"state", true}};
}

} // namespace

Task<void> Machine::wait_until_agent_listens() {
    const auto self = shared_from_this();
    co_await (agent_listens_.wait() || ended_.wait());
    if (!agent_listens_.is_set()) co_return std::unexpected(gone());
    co_return Status{};
}

Task<void> Machine::wait_for_migration() {
    while (migration_status_ != "completed") {
        if (exit_ || !qmp_->is_open()) co_return std::unexpected(gone());
        if (migration_status_ == "failed") {
            RDT_CO_TRY(const auto state, co_await qmp_->execute("query-migrate", {}, k_command_limit));
            co_return fail(Code::unavailable, "qemu: {}",
                           state.is_object() ? string_member(state.get_object(), "error-desc") : "");
        }
        co_await migration_changed_.wait();
        if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
            co_return fail(Code::cancelled, "given up");
    }
    co_return Status{};
}

Task<void> Machine::move_devices(std::string command, UniqueFd file) {
    migration_status_.clear();
    const bj::array capabilities{capability("events"), capability("x-ignore-shared")};
    RDT_CO_CHECK(co_await qmp_->execute("migrate-set-capabilities", {{"capabilities", capabilities}},
                                        k_command_limit));
    RDT_CO_TRY(const auto set, co_await add_descriptor(std::move(file)));
    RDT_CO_CHECK(co_await qmp_->execute(std::move(command), {{"uri", std::format("file:/dev/fdset/{}", set)}},
                                        k_command_limit));
    RDT_CO_CHECK(co_await within(k_command_limit, "the state of its devices", wait_for_migration()));
    RDT_CO_CHECK(co_await qmp_->execute("remove-fd", {{"fdset-id", set}}, k_command_limit));
    co_return Status{};
}

Task<void> Machine::save_devices(UniqueFd file) {
    const auto self = shared_from_this();
    is_being_saved_ = true;
    RDT_CO_CHECK(co_await qmp_->execute("stop", {}, k_command_limit));
    co_return co_await move_devices("migrate", std::move(file));
}

Task<void> Machine::load_devices(UniqueFd file) {
    // QEMU would tell the network where the guest is now, by the address that its template had.
    RDT_CO_CHECK(co_await qmp_->execute("migrate-set-parameters", {{"announce-rounds", 0}}, k_command_limit));
    co_return co_await move_devices("migrate-incoming", std::move(file));
}

} // namespace redoubt::node::hypervisor::qemu
