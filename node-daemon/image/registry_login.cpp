// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/image/registry_login.hpp"

#include <boost/system/system_error.hpp>

#include <utility>

#include "common/oci/auth_file.hpp"
#include "node-daemon/image/registry_session.hpp"

namespace redoubt::node::image {
namespace {

Task<void> ask(std::string registry, PullOptions options) {
    RDT_CO_TRY(const auto session, co_await RegistrySession::open(registry, "", std::move(options)));
    RDT_CO_TRY(const auto response, co_await session->get("", {}, {}));
    if (response.is_success()) co_return Status{};
    co_return fail(Code::unavailable, "it answers with status {}: is it a registry?", response.status);
}

} // namespace

Task<void> check_login(std::string registry, PullOptions options) {
    RDT_CO_CHECK(oci::check_login_place(registry));
    if (registry.contains('/'))
        co_return fail(Code::invalid_argument, "'{}' is more than a registry (host[:port])", registry);
    try {
        auto asked = co_await ask(registry, std::move(options));
        co_return asked.transform_error(context("registry {}", registry));
    } catch (const boost::system::system_error& error) {
        const bool is_cancelled = error.code() == asio::error::operation_aborted;
        co_return fail(is_cancelled ? Code::cancelled : Code::internal, "registry {}: {}", registry,
                       error.code().message());
    }
}

} // namespace redoubt::node::image
