// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// `node identity`, `node pairing`, `node client`, `node audit` and `node recovery-key`.

#include <format>
#include <optional>

#include "common/audit/chain.hpp"
#include "common/base/durable_file.hpp"
#include "common/base/file.hpp"
#include "common/crypto/digest.hpp"
#include "node-daemon/ctl/access_client.hpp"
#include "node-daemon/ctl/access_output.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {
namespace {

constexpr int k_broken = 1;

Result<int> act(AccessClient& client, bool json, const NodeIdentityOptions&) {
    RDT_TRY(const auto identity, client.identity());
    RDT_CHECK(print(json ? identity_json(identity) : render_identity(identity)));
    return 0;
}

Result<int> act(AccessClient& client, bool json, const NodePairingOptions& options) {
    if (options.close) {
        RDT_CHECK(client.close_pairing());
        return 0;
    }
    RDT_TRY(const auto pairing, options.open ? client.open_pairing() : client.pairing());
    RDT_CHECK(print(json ? pairing_json(pairing) : render_pairing(pairing)));
    return pairing.open() ? 0 : 1;
}

Result<int> act(AccessClient& client, bool json, const ClientLsOptions&) {
    RDT_TRY(const auto clients, client.clients());
    RDT_CHECK(print(json ? clients_json(clients) : render_clients(clients)));
    return 0;
}

Result<int> act(AccessClient& client, bool json, const ClientAddOptions& options) {
    constexpr std::uint64_t k_largest = 1U << 20U;
    node::v1::AddClientRequest request;
    RDT_TRY(*request.mutable_certificate(),
            read_file(options.file == "-" ? "/dev/stdin" : options.file, k_largest));
    request.set_name(options.name);
    request.set_role(options.role == "admin" ? node::v1::ADMIN : node::v1::VIEWER);
    RDT_TRY(const auto added, client.add_client(request));
    node::v1::ListClientsResponse one;
    *one.add_clients() = added;
    RDT_CHECK(print(json ? clients_json(one) : added.name() + "\n"));
    return 0;
}

Result<int> act(AccessClient& client, bool, const ClientRmOptions& options) {
    for (const auto& name : options.clients) {
        RDT_CHECK(client.remove_client(name, options.force));
        RDT_CHECK(print(name + "\n"));
    }
    return 0;
}

/// Checks each page as a continuation of the one before.
class AuditCheck {
  public:
    Status take(const node::v1::AuditRecords& page) {
        for (const auto& line : page.lines()) {
            if (!verifier_) {
                RDT_TRY(const auto first, first_sequence(line));
                verifier_.emplace(first - 1, page.previous_hash());
            }
            RDT_CHECK(verifier_->next(line));
        }
        return {};
    }
    [[nodiscard]] std::string summary() const {
        if (!verifier_) return "no records\n";
        return std::format("good: up to record {}, hash {}\n", verifier_->count(), verifier_->head());
    }

  private:
    std::optional<audit::ChainVerifier> verifier_;
};

Result<int> act(AccessClient& client, bool, const NodeAuditOptions& options) {
    node::v1::ReadAuditRequest request;
    request.set_from(options.from);
    request.set_limit(options.limit);
    AuditCheck check;
    const auto each = [&](const node::v1::AuditRecords& page) -> Status {
        RDT_CHECK(check.take(page));
        if (options.verify) return {};
        std::string text;
        for (const auto& line : page.lines()) text += line + "\n";
        return print(text);
    };
    if (const auto read = client.read_audit(request, each); !read) {
        if (read.error().code != Code::data_loss) return std::unexpected(read.error());
        print_error(read.error());
        return k_broken;
    }
    if (options.verify) RDT_CHECK(print(check.summary()));
    return 0;
}

/// The node forgets the key only after we have it where it was to go.
Result<int> act(AccessClient& client, bool json, const RecoveryKeyFetchOptions& options) {
    RDT_TRY(const auto key, client.fetch_recovery_key());
    RDT_TRY(const auto digest, crypto::digest_of(key));
    if (options.file.empty()) {
        RDT_CHECK(print(json ? recovery_key_json(key) : key + "\n"));
    } else {
        // Never over a file that is there, which may be another node's only key.
        RDT_CHECK(write_new_durably(options.file, key + "\n", 0600));
    }
    if (!options.keep) RDT_CHECK(client.confirm_recovery_key(digest.str()));
    return 0;
}

} // namespace

Result<int> access(Context context, const AccessVerb& verb) {
    AccessClient client(context.client.channel());
    return std::visit([&](const auto& options) { return act(client, context.json, options); }, verb);
}

} // namespace redoubt::ctl
