// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"
#include "common/remote/identity.hpp"
#include "node-daemon/access/access_store.hpp"
#include "node-daemon/access/pairing_window.hpp"
#include "node-daemon/access/recovery_key.hpp"
#include "node-daemon/access/refusal_limit.hpp"
#include "node-daemon/access/role.hpp"

namespace redoubt::node::access {

using remote::Identity;

/// Who is at the other end of a connection from outside.
struct Peer {
    std::string address;     ///< for people and the audit log
    std::string certificate; ///< PEM, whose key the handshake has proved; empty: none
};

/// Who makes a call, once it was let through.
struct Caller {
    bool is_local = true;     ///< the unix socket: whoever may open it may do anything
    std::string name;         ///< of a client with a role
    std::optional<Role> role; ///< none: a stranger, who may pair
    std::string address;
    std::optional<crypto::Digest> fingerprint;
};

/// What a caller asks for.
struct Operation {
    std::string_view method; ///< "Node.StopContainer"
    Need need;
    std::string object = {}; ///< of the audit log: the container, image... that the request names
};

/// How a call ended, for the audit log.
struct Outcome {
    std::string code; ///< "OK", "NOT_FOUND": as google.rpc spells it
    std::string message;
};

/// Who may do what from outside, and the record of it. Everything is decided here and fails closed.
/// Blocks for the disk. Thread: any, many at once.
class Access {
  public:
    using SteadyClock = std::function<std::chrono::steady_clock::time_point()>;

    /// Without an identity until the first present().
    Access(std::unique_ptr<AccessStore> store, SteadyClock clock);

    /// Who the node is. Errors: unavailable it has none (yet), and why.
    [[nodiscard]] Result<std::shared_ptr<const Identity>> identity() const;
    /// From now on it is this one; a pairing that was open is closed.
    void present(Identity identity);
    void lose_identity(std::string why);

    /// Whether the peer may do that. A refusal is noted before this returns, and so is a call that
    /// changes something; if that cannot be noted, it is refused.
    /// Errors: unauthenticated no certificate, or one without a role; permission_denied the role does not
    /// suffice; unavailable the audit log cannot be written.
    Result<Caller> admit(const Peer& peer, const Operation& operation);
    /// Notes how a call of admit() ended. One that was not noted before (it only looked) is noted now.
    void note_end(const Caller& caller, const Operation& operation, const Outcome& outcome);

    // ---- pairing
    /// With the node's own proof the caller is an administrator. Errors: as of PairingWindow::prove();
    /// failed_precondition there is an administrator; already_exists.
    Result<std::string> pair(const Caller& caller, std::string_view proof, std::string name);
    /// Errors: failed_precondition there is an administrator already; unavailable no identity.
    Result<PairingWindow::State> open_pairing(const Caller& caller);
    /// Opens it when the node has no administrator; at start. Nothing when it has one.
    Result<std::optional<PairingWindow::State>> open_if_unmanaged();
    PairingWindow::State pairing();
    Status close_pairing(const Caller& caller);

    // ---- clients
    Result<std::vector<Client>> clients() { return store_->clients(); }
    /// `name` empty: the certificate's common name. Errors: invalid_argument a certificate or a name that is
    /// none; already_exists.
    Result<Client> add_client(const Caller& caller, const std::string& certificate, std::string name,
                              Role role);
    /// By name or fingerprint. Errors: not_found; failed_precondition the last administrator, without
    /// `force`.
    Status remove_client(const Caller& caller, const std::string& client, bool force);
    /// The certificates of a file that root has written, each an administrator's from now on.
    /// Errors: invalid_argument a file without a certificate; errno's.
    Status add_from_file(const std::filesystem::path& file);

    // ---- the state's recovery key
    /// Where it is; before the first call. Without this there is none.
    void keep_recovery_key(RecoveryKey key) { recovery_key_.emplace(std::move(key)); }
    /// Noted before it is handed out, by whom ever. Errors: not_found; unavailable it cannot be noted.
    Result<std::string> fetch_recovery_key(const Caller& caller);
    /// The caller has kept it. Errors: as of RecoveryKey::forget(); unavailable it cannot be noted.
    Status confirm_recovery_key(const Caller& caller, std::string_view sha256);

    Result<AuditPage> audit(std::int64_t from, std::size_t limit) { return store_->audit(from, limit); }

  private:
    Result<std::optional<Client>> find(const crypto::Digest& fingerprint);
    Result<bool> has_admin();
    Status refuse(const Caller& caller, const Operation& operation, Error error);
    Result<Client> add(const Caller& caller, const crypto::Digest& fingerprint, std::string name, Role role,
                       std::string by);

    Status note_recovery_key(const Caller& caller, std::string_view operation);

    std::unique_ptr<AccessStore> store_;
    SteadyClock clock_;
    mutable std::mutex mutex_; ///< of what follows
    std::shared_ptr<const Identity> identity_;
    std::string why_no_identity_ = "it has not been loaded";
    PairingWindow window_;
    RefusalLimit refusals_;
    std::optional<RecoveryKey> recovery_key_;
};

/// A client's name: 1 to 64 letters, digits, and ".-_@ " not at its ends. Errors: invalid_argument.
[[nodiscard]] Status check_client_name(std::string_view name);

} // namespace redoubt::node::access
