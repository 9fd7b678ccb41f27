// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What `redoubtctl attest` asks for, as values.

#include <string>
#include <variant>
#include <vector>

#include "node-daemon/ctl/trust_verbs.hpp"

namespace redoubt::ctl {

struct AttestNodeOptions {
    // What is expected of the host.
    std::vector<std::string> references; ///< files: pcrs.json
    std::vector<std::string> pcrs;       ///< "7=HEX"
    std::string enrolment;               ///< file
    bool ask_broker = false;             ///< for what it has of all this
    TrustConnection connection;

    // Of a guest on it, and a container in that.
    std::string guest_evidence; ///< file; empty: the host alone is judged
    std::string container;
    std::string runtime_data;
    std::vector<std::string> measurements; ///< hex
    std::vector<std::string> init_data;    ///< hex digests
    std::vector<std::string> anchors;      ///< files
    std::vector<std::string> certs;        ///< files and folders
    bool allow_simulation = false;
};

struct AttestEnrolOptions {
    std::string chip_id;                  ///< hex
    std::vector<std::string> authorities; ///< files: between the TPM's certificate and its vendor's root
    TrustConnection connection;
};

using AttestVerb = std::variant<AttestNodeOptions, AttestEnrolOptions>;

} // namespace redoubt::ctl
