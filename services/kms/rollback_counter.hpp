// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Numbers that only rise, kept where the store is not: an earlier copy of the store has an earlier number in
/// it. docs/formats/kbs.md, "Earlier copies".

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/crypto/secret.hpp"
#include "services/kms/root_key.hpp"
#include "services/kms/tpm.hpp"

namespace redoubt::services::kms {

/// One of them, of one store. Calls block on a disk or a TPM. Thread: one.
class RollbackCounter {
  public:
    RollbackCounter() = default;
    RollbackCounter(const RollbackCounter&) = delete;
    RollbackCounter& operator=(const RollbackCounter&) = delete;
    RollbackCounter(RollbackCounter&&) = delete;
    RollbackCounter& operator=(RollbackCounter&&) = delete;
    virtual ~RollbackCounter() = default;

    /// "file" or "tpm"; in the store, never rename.
    [[nodiscard]] virtual std::string_view kind() const = 0;
    /// Empty: there is none. Errors: data_loss one that is not this store's, or was changed; unavailable.
    virtual Result<std::optional<std::uint64_t>> read() = 0;
    /// Makes it where there is none, and gives its number.
    virtual Result<std::uint64_t> make() = 0;
    /// It has this number for good when this comes back. It had the one before, or has it already.
    virtual Status rise_to(std::uint64_t value) = 0;
    /// How long to leave it alone between two rises: memory of TPMs wears out.
    [[nodiscard]] virtual std::chrono::milliseconds least_pause() const = 0;
};

/// In a file, with a code that only the root key gives. Who may write where it is can put an earlier one
/// back: best on another disk, or another machine's.
[[nodiscard]] Result<std::unique_ptr<RollbackCounter>>
make_file_counter(const RootKey& root, std::string_view store_id, std::filesystem::path file);

/// In the TPM, which never gives an earlier number again. It is read and advanced by a value that only the
/// root key gives, so that neither a bus nor another index can pretend to be it. `index`: 0x01800000 to
/// 0x01bfffff, the owner's.
struct TpmCounterPlace {
    TpmAddress tpm;
    std::uint32_t index = 0;
    std::chrono::milliseconds least_pause{};
};
[[nodiscard]] Result<std::unique_ptr<RollbackCounter>>
make_tpm_counter(const RootKey& root, std::string_view store_id, TpmCounterPlace place);

} // namespace redoubt::services::kms
