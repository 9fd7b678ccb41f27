// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "common/base/unique_fd.hpp"
#include "common/crypto/secret.hpp"
#include "services/attestation/token.hpp"
#include "services/config.hpp"
#include "services/store/trust_store.hpp"

namespace redoubt::services {

/// What opens the store: the file of the configuration, or the service manager's credential "passphrase". A
/// line break at the end does not count. Errors: failed_precondition neither is there; errno's.
[[nodiscard]] Result<crypto::Secret> read_passphrase(const Config& config);

/// The same for the TPM's PIN: credential "tpm-pin".
[[nodiscard]] Result<crypto::Secret> read_tpm_pin(const Config& config);

/// That this process alone has the store, for as long as this lives.
class InstanceLock {
  public:
    /// Errors: failed_precondition another process has it; errno's.
    static Result<InstanceLock> take(const std::filesystem::path& folder);

  private:
    explicit InstanceLock(UniqueFd fd) : fd_(std::move(fd)) {}
    UniqueFd fd_;
};

/// Opens the store by whichever slot opens with what the configuration names. Errors: as TrustStore::open.
[[nodiscard]] Result<std::unique_ptr<store::TrustStore>> open_store(const Config& config);

/// Makes the store with a passphrase slot, the tenant "default" and the key that signs tokens.
/// Errors: already_exists; as read_passphrase.
Status initialise(const Config& config);

/// The key that signs tokens, from the store. Errors: not_found; data_loss.
[[nodiscard]] Result<attestation::TokenIssuer> load_issuer(store::TrustStore& store, const Config& config);

/// Prints what came of it. Errors: data_loss the chain is broken.
Status verify_audit(const Config& config, const std::filesystem::path& lines);
Status export_audit(const Config& config);

/// Copies the store into a new file, whole and of one moment; the service may run. The copy is sealed as the
/// store is, and is opened by the same slots. Errors: already_exists; as sqlite.
Status back_up(const Config& config, const std::filesystem::path& file);

/// Now, as whole seconds; and as the store writes it.
[[nodiscard]] tee::Time now();
[[nodiscard]] std::string now_text();

} // namespace redoubt::services
