// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What goes wrong at the ports of a node, for faults that nothing real can be made to have on demand.

#include <boost/system/system_error.hpp>

#include <set>
#include <string>

#include "common/async/task.hpp"

namespace redoubt::node::testing_support {

/// Steps that fail or hang by their name, and the one call among all that fails or is the daemon's last.
/// Names: those of the ports' calls ("launch", "connect", "create_container", "attach", "attach_disk"), and
/// "before" or "after" and the name of a write to the store ("before note vm").
struct Faults {
    enum class Kind {
        fail, ///< one call
        full, ///< a write to the database fails, and all after it: there is no space
        die,  ///< it does not return, and no other does
    };

    std::set<std::string> failing;
    std::set<std::string> hanging;
    std::string dies_at; ///< the daemon's last call, by its name; empty: none

    /// From now on the `number`-th call, counted from one, fails or is the last.
    void set_at(Kind what, int number) {
        kind = what;
        at = number;
        calls = 0;
        is_dead = false;
        hit.clear();
    }
    void clear() {
        set_at(Kind::fail, 0);
        dies_at.clear();
        failing.clear();
        hanging.clear();
    }

    /// Every call passes here. Errors: internal "NAME failed on purpose".
    Task<void> pass(std::string name) {
        const bool counts = at != 0 && may_be_struck(name);
        if (counts) ++calls;
        if (counts && calls == at) hit = name;
        const bool is_struck = counts && (kind == Kind::fail ? calls == at : calls >= at);
        if (is_struck && kind != Kind::die) co_return fail(Code::internal, "{} failed on purpose", name);
        if (is_struck) is_dead = true;
        if (!dies_at.empty() && name == dies_at) is_dead = true;
        if (is_dead) co_await wait_for_the_end();
        if (failing.contains(name)) co_return fail(Code::internal, "{} failed on purpose", name);
        co_return Status{};
    }

    Kind kind = Kind::fail;
    int at = 0;           ///< 0: none
    int calls = 0;        ///< since set_at()
    bool is_dead = false; ///< no call returns any more, until the "daemon" is ended
    std::string hit;      ///< name of the call that it was; empty: not reached

  private:
    [[nodiscard]] bool may_be_struck(const std::string& name) const {
        switch (kind) {
        case Kind::die: return true;
        case Kind::fail: return !name.starts_with("after "); // what has been written has not failed
        case Kind::full: return name.starts_with("before ");
        }
        return false;
    }

    /// A dead daemon does nothing more: its coroutine goes without another step.
    static asio::awaitable<void> wait_for_the_end() {
        asio::steady_timer never(co_await asio::this_coro::executor, Clock::time_point::max());
        while ((co_await asio::this_coro::cancellation_state).cancelled() == asio::cancellation_type::none)
            co_await never.async_wait(k_as_tuple);
        throw boost::system::system_error(asio::error::operation_aborted);
    }
};

} // namespace redoubt::node::testing_support
