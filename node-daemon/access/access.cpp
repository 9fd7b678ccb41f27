// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/access/access.hpp"

#include <algorithm>
#include <format>

#include "common/base/file.hpp"
#include "common/crypto/certificate.hpp"
#include "common/log/log.hpp"

namespace redoubt::node::access {
namespace {

constexpr std::size_t k_longest_name = 64;
constexpr std::string_view k_end_of_certificate = "-----END CERTIFICATE-----";

std::int64_t nanoseconds_now() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::string actor_of(const Caller& caller) {
    if (caller.is_local) return caller.name.empty() ? "local" : caller.name;
    return caller.role ? "client:" + caller.name : "stranger";
}

audit::Entry entry_of(const Caller& caller, std::string_view operation, std::string_view decision) {
    audit::Entry entry{.tenant = {},
                       .actor = actor_of(caller),
                       .peer = caller.address,
                       .operation = std::string(operation),
                       .object = {},
                       .decision = std::string(decision),
                       .reason = {},
                       .facts = {}};
    if (caller.fingerprint) entry.facts["certificate"] = caller.fingerprint->str();
    if (caller.role) entry.facts["role"] = name_of(*caller.role);
    return entry;
}

audit::Entry entry_of(const Caller& caller, const Operation& operation, std::string_view decision) {
    auto entry = entry_of(caller, operation.method, decision);
    entry.object = operation.object;
    return entry;
}

/// Of what the daemon does by itself.
Caller the_node() {
    Caller caller;
    caller.name = "system";
    return caller;
}

Status check_role(const Caller& caller, std::string_view method, Need need) {
    if (need == Need::nothing) return {};
    if (need == Need::local)
        return fail(Code::permission_denied, "{} is for the node's own socket, not from outside", method);
    if (!caller.role)
        return fail(Code::unauthenticated,
                    "this node knows no client with the certificate {}\npair with it (redoubtctl pair), or "
                    "have an administrator add the certificate",
                    caller.fingerprint->str());
    if (need == Need::admin && *caller.role != Role::admin)
        return fail(Code::permission_denied, "'{}' is a viewer here: {} takes an administrator", caller.name,
                    method);
    return {};
}

} // namespace

Status check_client_name(std::string_view name) {
    const auto is_good = [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
               (letter >= '0' && letter <= '9') || std::string_view(".-_@ ").contains(letter);
    };
    if (!name.empty() && name.size() <= k_longest_name && std::ranges::all_of(name, is_good) &&
        !name.starts_with(' ') && !name.ends_with(' ') && !name.starts_with("sha256"))
        return {};
    return fail(Code::invalid_argument,
                "a client's name has 1 to {} letters, digits, blanks, or any of . - _ @", k_longest_name);
}

Access::Access(std::unique_ptr<AccessStore> store, SteadyClock clock)
    : store_(std::move(store)), clock_(std::move(clock)) {}

Result<std::shared_ptr<const Identity>> Access::identity() const {
    const std::lock_guard lock(mutex_);
    if (!identity_) return fail(Code::unavailable, "this node has no identity: {}", why_no_identity_);
    return identity_;
}

void Access::present(Identity identity) {
    const std::lock_guard lock(mutex_);
    identity_ = std::make_shared<const Identity>(std::move(identity));
    window_.close("nobody has opened it since this node has this identity");
}

void Access::lose_identity(std::string why) {
    const std::lock_guard lock(mutex_);
    identity_.reset();
    why_no_identity_ = std::move(why);
    window_.close("this node has no identity");
}

Result<std::optional<Client>> Access::find(const crypto::Digest& fingerprint) {
    RDT_TRY(auto clients, store_->clients());
    for (auto& client : clients)
        if (client.fingerprint == fingerprint) return std::move(client);
    return std::nullopt;
}

Result<bool> Access::has_admin() {
    RDT_TRY(const auto clients, store_->clients());
    return std::ranges::contains(clients, Role::admin, &Client::role);
}

Result<Caller> Access::admit(const Peer& peer, const Operation& operation) {
    Caller caller{.is_local = false, .name = {}, .role = {}, .address = peer.address, .fingerprint = {}};
    const auto facts = crypto::read_certificate(peer.certificate);
    if (!facts) {
        RDT_CHECK(refuse(caller, operation,
                         {Code::unauthenticated, "this node takes no call without a client's certificate"}));
    }
    caller.fingerprint = facts->fingerprint;
    RDT_TRY(auto client, find(facts->fingerprint));
    if (client) {
        caller.name = std::move(client->name);
        caller.role = client->role;
    }
    if (auto allowed = check_role(caller, operation.method, operation.need); !allowed)
        RDT_CHECK(refuse(caller, operation, std::move(allowed).error()));
    if (operation.need != Need::admin) return caller;
    RDT_CHECK(store_->note(entry_of(caller, operation, "allowed")).transform_error([](const Error& error) {
        return Error{Code::unavailable, "the audit log cannot be written: " + error.message};
    }));
    return caller;
}

/// Always fails.
Status Access::refuse(const Caller& caller, const Operation& operation, Error error) {
    auto entry = entry_of(caller, operation, "refused");
    entry.reason = error.message;
    if (!caller.role) {
        const std::lock_guard lock(mutex_);
        const auto silent = refusals_.take(clock_());
        if (!silent) return std::unexpected(std::move(error));
        if (*silent > 0) entry.facts["not_noted"] = *silent;
    }
    if (const auto noted = store_->note(entry); !noted)
        log::error("audit log: " + noted.error().message, {{"METHOD", std::string(operation.method)}});
    return std::unexpected(std::move(error));
}

void Access::note_end(const Caller& caller, const Operation& operation, const Outcome& outcome) {
    if (caller.is_local || operation.need == Need::nothing) return; // pairing notes itself
    auto entry = entry_of(caller, operation, operation.need == Need::admin ? "ended" : "allowed");
    entry.facts["result"] = outcome.code;
    entry.reason = outcome.message;
    if (const auto noted = store_->note(entry); !noted)
        log::error("audit log: " + noted.error().message, {{"METHOD", std::string(operation.method)}});
}

/// From outside admit() has noted it already; from the node's own socket nobody else does.
Status Access::note_recovery_key(const Caller& caller, std::string_view operation) {
    if (!caller.is_local) return {};
    return store_->note(entry_of(caller, operation, "allowed")).transform_error([](const Error& error) {
        return Error{Code::unavailable, "the audit log cannot be written: " + error.message};
    });
}

Result<std::string> Access::fetch_recovery_key(const Caller& caller) {
    const std::lock_guard lock(mutex_);
    if (!recovery_key_) return fail(Code::not_found, "this node's state has no recovery key of its own");
    RDT_TRY(auto key, recovery_key_->read());
    RDT_CHECK(note_recovery_key(caller, "Access.FetchRecoveryKey"));
    return key;
}

Status Access::confirm_recovery_key(const Caller& caller, std::string_view sha256) {
    const std::lock_guard lock(mutex_);
    if (!recovery_key_) return fail(Code::not_found, "this node's state has no recovery key of its own");
    RDT_CHECK(note_recovery_key(caller, "Access.ConfirmRecoveryKey"));
    return recovery_key_->forget(sha256);
}

Result<std::string> Access::pair(const Caller& caller, std::string_view proof, std::string name) {
    if (!caller.fingerprint) return fail(Code::failed_precondition, "pairing is for clients from outside");
    RDT_CHECK(check_client_name(name));
    const std::lock_guard lock(mutex_);
    auto entry = entry_of(caller, "Access.Pair", "refused");
    RDT_TRY(const bool is_managed, has_admin());
    if (is_managed) window_.close("there is an administrator");
    auto answer = window_.prove(proof, *caller.fingerprint, clock_());
    if (!answer) {
        entry.reason = answer.error().message;
        const bool is_try = answer.error().code == Code::permission_denied;
        if (const auto silent = is_try ? std::optional<std::uint64_t>(0) : refusals_.take(clock_()); silent)
            RDT_CHECK(store_->note(entry));
        return answer;
    }
    RDT_CHECK(add(caller, *caller.fingerprint, std::move(name), Role::admin, "pairing"));
    return answer;
}

Result<Client> Access::add(const Caller& caller, const crypto::Digest& fingerprint, std::string name,
                           Role role, std::string by) {
    Client client{fingerprint, std::move(name), role, nanoseconds_now(), std::move(by)};
    auto entry = entry_of(caller, "client.add", "allowed");
    entry.object = client.fingerprint.str();
    entry.facts["name"] = client.name;
    entry.facts["given_role"] = name_of(role);
    entry.facts["by"] = client.added_by;
    RDT_CHECK(store_->add(client, entry));
    log::info("a client was added", {{"CLIENT", client.name},
                                     {"ROLE", std::string(name_of(role))},
                                     {"FINGERPRINT", fingerprint.str()},
                                     {"BY", client.added_by}});
    return client;
}

Result<PairingWindow::State> Access::open_pairing(const Caller& caller) {
    RDT_TRY(const bool is_managed, has_admin());
    if (is_managed)
        return fail(Code::failed_precondition, "there is an administrator, who adds others: redoubtctl node "
                                               "client add");
    RDT_TRY(const auto self, identity());
    RDT_CHECK(store_->note(entry_of(caller, "pairing.open", "allowed")));
    const std::lock_guard lock(mutex_);
    RDT_CHECK(window_.open(self->fingerprint, clock_()));
    return window_.state(clock_());
}

Result<std::optional<PairingWindow::State>> Access::open_if_unmanaged() {
    RDT_TRY(const bool is_managed, has_admin());
    if (is_managed) {
        const std::lock_guard lock(mutex_);
        window_.close("there is an administrator");
        return std::nullopt;
    }
    return open_pairing(the_node());
}

PairingWindow::State Access::pairing() {
    const std::lock_guard lock(mutex_);
    return window_.state(clock_());
}

Status Access::close_pairing(const Caller& caller) {
    RDT_CHECK(store_->note(entry_of(caller, "pairing.close", "allowed")));
    const std::lock_guard lock(mutex_);
    window_.close("it was closed by hand");
    return {};
}

Result<Client> Access::add_client(const Caller& caller, const std::string& certificate, std::string name,
                                  Role role) {
    RDT_TRY(const auto facts, crypto::read_certificate(certificate));
    if (name.empty()) name = facts.common_name;
    RDT_CHECK(check_client_name(name));
    auto added =
        add(caller, facts.fingerprint, std::move(name), role, caller.is_local ? "local" : caller.name);
    if (!added || role != Role::admin) return added;
    const std::lock_guard lock(mutex_);
    window_.close("there is an administrator");
    return added;
}

Status Access::remove_client(const Caller& caller, const std::string& client, bool force) {
    const std::lock_guard lock(mutex_); // of two last administrators one stays
    RDT_TRY(const auto clients, store_->clients());
    const auto found = std::ranges::find_if(clients, [&](const Client& known) {
        return known.name == client || known.fingerprint.str() == client;
    });
    if (found == clients.end()) return fail(Code::not_found, "no client '{}'", client);
    if (found->role == Role::admin && std::ranges::count(clients, Role::admin, &Client::role) == 1 && !force)
        return fail(Code::failed_precondition,
                    "'{}' is the last administrator: nobody could manage the node from outside", found->name);
    auto entry = entry_of(caller, "client.remove", "allowed");
    entry.object = found->fingerprint.str();
    entry.facts["name"] = found->name;
    return store_->remove(found->fingerprint, entry);
}

Status Access::add_from_file(const std::filesystem::path& file) {
    RDT_TRY(const auto text, read_file(file, 1U << 20U));
    std::string_view rest = text;
    std::size_t count = 0;
    for (auto end = rest.find(k_end_of_certificate); end != std::string_view::npos;
         end = rest.find(k_end_of_certificate)) {
        const auto size = end + k_end_of_certificate.size();
        RDT_TRY(const auto facts,
                crypto::read_certificate(rest.substr(0, size)).transform_error(context("{}", file.native())));
        rest.remove_prefix(size);
        ++count;
        RDT_TRY(const auto known, find(facts.fingerprint));
        if (known) continue;
        auto name = facts.common_name;
        if (!check_client_name(name)) name = std::format("admin-{}", facts.fingerprint.hex().substr(0, 8));
        auto added = add(the_node(), facts.fingerprint, name, Role::admin, "configuration");
        if (!added && added.error().code == Code::already_exists)
            added = add(the_node(), facts.fingerprint,
                        std::format("{}-{}", name.substr(0, 48), facts.fingerprint.hex().substr(0, 8)),
                        Role::admin, "configuration");
        RDT_CHECK(added);
    }
    if (count == 0)
        return fail(Code::invalid_argument, "{}: there is no certificate in it, in PEM form", file.native());
    return {};
}

} // namespace redoubt::node::access
