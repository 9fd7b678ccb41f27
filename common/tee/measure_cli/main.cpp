// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <CLI/CLI.hpp>

#include <boost/json/serialize.hpp>

#include <iostream>

#include "common/tee/measure_cli/measure.hpp"

namespace {

using redoubt::tee::measure::Options;

void declare_boot(CLI::App* verb, Options& options) {
    verb->add_option("--firmware", options.firmware, "Firmware image")->type_name("FILE");
    verb->add_option("--kernel", options.kernel, "Kernel that is booted directly")->type_name("FILE");
    verb->add_option("--initrd", options.initrd, "Its initrd")->type_name("FILE");
    verb->add_option("--append", options.append, "Its command line")->type_name("TEXT");
}

void declare_snp(CLI::App& app, Options& options) {
    CLI::App* verb = app.add_subcommand("snp", "Launch digest of an SEV-SNP, SEV-ES or SEV guest");
    declare_boot(verb, options);
    verb->add_option("--mode", options.mode, "snp (default), sev-es or sev");
    verb->add_option("--vmm", options.vmm, "qemu (default), ec2 or gce");
    verb->add_option("--vcpus", options.vcpus, "Number of virtual CPUs");
    verb->add_option("--vcpu-type", options.vcpu_type, "QEMU's CPU model, such as EPYC-v4");
    verb->add_option("--vcpu-sig", options.vcpu_signature, "CPUID signature, in place of the model");
    verb->add_option("--guest-features", options.guest_features, "SEV_FEATURES of the kernel; default 0x1");
    verb->add_option("--svsm", options.svsm, "Secure VM service module the guest starts in")
        ->type_name("FILE");
    verb->add_option("--vars-size", options.vars_size, "Size of the firmware's variable store, with --svsm");
    verb->add_option("--firmware-digest", options.firmware_seed, "Digest after the firmware's pages")
        ->type_name("HEX");
    verb->add_option("--kernel-hash", options.kernel_hash, "SHA-256 in place of the kernel")
        ->type_name("HEX");
    verb->add_option("--initrd-hash", options.initrd_hash, "SHA-256 in place of the initrd")
        ->type_name("HEX");
    verb->add_option("--section", options.sections, "Section of a firmware that is not at hand")
        ->allow_extra_args(false)
        ->type_name("GPA,SIZE,TYPE");
    verb->add_option("--hash-table", options.hash_table, "Its kernel hash table's address");
    verb->add_option("--reset-eip", options.reset_eip, "Where its further CPUs start");
}

void declare_tdx(CLI::App& app, Options& options) {
    CLI::App* verb = app.add_subcommand("tdx", "MRTD of firmware, RTMR1 and RTMR2 of a direct boot");
    declare_boot(verb, options);
    verb->add_option("--page-order", options.page_order, "two-passes (default) or page-by-page");
    verb->add_option("--separator", options.separator,
                     "Register of the second separator: rtmr1 (default) or rtmr0");
    verb->add_option("--kernel-authenticode", options.kernel_authenticode, "SHA-384 in place of the kernel")
        ->type_name("HEX");
}

void declare_tpm(CLI::App& app, Options& options) {
    CLI::App* verb = app.add_subcommand("tpm", "PCR 4 and 11 of a unified kernel image");
    verb->add_option("--uki", options.uki, "Unified kernel image")->type_name("FILE");
    verb->add_option("--bank", options.bank, "sha256 (default), sha1, sha384 or sha512");
    verb->add_option("--phase", options.phases, "Phase of the boot to add, such as enter-initrd")
        ->allow_extra_args(false);
}

int print(const Options& options, bool as_json) {
    const auto document = redoubt::tee::measure::measure(options);
    if (!document) {
        std::cerr << "redoubt-measure: " << document.error().message << '\n';
        return 1;
    }
    if (as_json) {
        std::cout << boost::json::serialize(*document) << '\n';
        return 0;
    }
    for (const auto& member : *document)
        std::cout << std::string_view(member.key()) << ": "
                  << (member.value().is_string() ? std::string(member.value().get_string())
                                                 : boost::json::serialize(member.value()))
                  << '\n';
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    bool as_json = false;
    CLI::App app("What a launch will measure, computed beforehand", "redoubt-measure");
    app.add_flag("--json", as_json, "Print JSON");
    app.require_subcommand(1);
    app.fallthrough();
    declare_snp(app, options);
    declare_tdx(app, options);
    declare_tpm(app, options);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    options.tee = app.get_subcommands().front()->get_name();
    return print(options, as_json);
}
