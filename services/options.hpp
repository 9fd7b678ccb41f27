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
    std::string
        argument; ///< audit lines to verify instead of the store's, a slot's number, or a backup's file
};

inline constexpr std::string_view k_usage =
    "Usage: redoubt-kbs [--config FILE]\n"
    "       redoubt-kbs init [--config FILE]\n"
    "       redoubt-kbs audit verify [--config FILE] [LINES]\n"
    "       redoubt-kbs audit export [--config FILE]\n"
    "       redoubt-kbs backup [--config FILE] FILE\n"
    "       redoubt-kbs slot list|add-tpm|remove [--config FILE] [NUMBER]\n"
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
    "  --config FILE       settings, instead of /etc/redoubt-kbs/redoubt-kbs.toml\n"
    "  --print-config      print the effective settings and where each comes from\n"
    "  --version           print the version\n"
    "  --help              print this\n";

/// Errors: invalid_argument naming the argument.
[[nodiscard]] Result<Options> parse_options(int argc, char** argv);

} // namespace redoubt::services
