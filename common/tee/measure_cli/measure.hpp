// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::tee::measure {

/// What `redoubt-measure` was asked for. Texts are as they were typed.
struct Options {
    std::string tee;          ///< snp, tdx, tpm
    std::string mode = "snp"; ///< snp, sev-es, sev
    std::string vmm = "qemu";
    std::string firmware;      ///< file
    std::string firmware_seed; ///< hex: digest after the firmware's pages
    std::string kernel;
    std::string initrd;
    std::string append;
    std::string kernel_hash; ///< hex, in place of files
    std::string initrd_hash;
    std::uint32_t vcpus = 1;
    std::string vcpu_type;
    std::string vcpu_signature;
    std::string guest_features = "0x1";
    std::string svsm; ///< file
    std::string vars_size = "0";
    // Firmware's tables where only its digest is known.
    std::vector<std::string> sections; ///< "GPA,SIZE,TYPE"
    std::string hash_table;
    std::string reset_eip;
    // tdx
    std::string page_order = "two-passes";
    std::string separator = "rtmr1";
    std::string kernel_authenticode; ///< hex, in place of the kernel
    // tpm
    std::string uki;
    std::string bank = "sha256";
    std::vector<std::string> phases;
};

/// The measurement and everything it depends on: docs/formats/evidence.md, "redoubt-measurement/1".
/// Errors: of files, and of what cannot be measured.
[[nodiscard]] Result<boost::json::object> measure(const Options& options);

} // namespace redoubt::tee::measure
