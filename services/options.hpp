// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::services {

/// What redoubt-kbs's command line says. Empty paths: what the configuration says.
struct Options {
    enum class Asks {
        serve,
        init,
        audit_verify,
        audit_export,
        backup,
        slot_list,
        slot_add_tpm,
        slot_remove,
        help,
        version,
        print_config
    } asks = Asks::serve;
    std::filesystem::path config_file;
    /// What a TPM's slot asks for: a PIN, or a boot that somebody signed for and, unless said, a PIN.
    struct TpmSlot {
        bool is_for_boot = false;
        bool has_pin = true;
        std::filesystem::path public_key; ///< whose signature counts; empty: the booted kernel's own
    } tpm_slot;
    std::string
        argument; ///< audit lines to verify instead of the store's, a slot's number, or a backup's file
};

inline constexpr std::string_view k_usage =
    "Usage: redoubt-kbs [--config FILE]\n"
    "       redoubt-kbs init [--config FILE]\n"
    "       redoubt-kbs audit verify [--config FILE] [LINES]\n"
    "       redoubt-kbs audit export [--config FILE]\n"
    "       redoubt-kbs backup [--config FILE] FILE\n"
    "       redoubt-kbs slot list|remove [--config FILE] [NUMBER]\n"
    "       redoubt-kbs slot add-tpm [--config FILE] [--measured-boot [--public-key FILE] [--without-pin]]\n"
    "\n"
    "Releases secrets to guests that prove what they are: key broker, attestation\n"
    "and reference values in one service.\n"
    "\n"
    "  init                make the store, its root key and the key that signs tokens\n"
    "  audit verify        check the chain of the store's audit log, or of exported lines\n"
    "  audit export        print the audit log, a line a record\n"
    "  backup FILE         copy the store as it is, also while the service runs\n"
    "  slot list           show what opens the store; the service must not run\n"
    "  slot add-tpm        let the TPM of unseal.tpm open it, for its PIN\n"
    "  slot remove NUMBER  take a slot away; the last one stays\n"
    "\n"
    "  --measured-boot     (add-tpm) only after a boot with the present Secure Boot\n"
    "                      state, of a kernel that is signed for\n"
    "  --public-key FILE   whose signature counts, instead of the key that came with\n"
    "                      the kernel, /run/systemd/tpm2-pcr-public-key.pem\n"
    "  --without-pin       such a boot is enough; Secure Boot must be on\n"
    "  --config FILE       settings, instead of /etc/redoubt-kbs/redoubt-kbs.toml\n"
    "  --print-config      print the effective settings and where each comes from\n"
    "  --version           print the version\n"
    "  --help              print this\n";

/// Errors: invalid_argument naming the argument.
[[nodiscard]] Result<Options> parse_options(int argc, char** argv);

} // namespace redoubt::services
