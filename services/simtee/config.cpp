// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/simtee/config.hpp"

namespace redoubt::services::simtee {
namespace {

using config::Limits;
using config::Strings;

std::string text(const char* value) {
    return value;
}

} // namespace

config::Schema config_schema() {
    return config::Schema({
        {.name = "listen",
         .default_value = text("/run/redoubt-simtee/simtee.sock"),
         .description = "socket that a guest's QEMU connects"},
        {.name = "state_dir",
         .default_value = text(k_state_folder),
         .description = "the chain, made by \"redoubt-simtee init\""},
        {.name = "log.level",
         .default_value = text("info"),
         .description = "what the service logs",
         .choices = {"error", "warning", "info", "debug"}},
        {.name = "qemu",
         .default_value = text("/usr/bin/qemu-system-x86_64"),
         .description = "the one program whose guests are believed"},
        {.name = "snp.firmware",
         .default_value = text("/usr/share/ovmf/OVMF.amdsev.fd"),
         .description = "firmware that SEV-SNP guests would be launched with: measured, never run; empty: "
                        "no AMD processor is simulated"},
        {.name = "snp.cpu_model",
         .default_value = text("EPYC-v4"),
         .description = "CPU model that is measured where a guest's own is an emulated one"},
        {.name = "tdx.firmware",
         .default_value = text(""),
         .description = "firmware that TDX guests would be launched with: measured, never run; empty: no "
                        "Intel processor is simulated"},
        {.name = "executed_firmware",
         .default_value = Strings{},
         .description = "files that a guest's -bios may name; others are refused"},
        {.name = "limits.connections",
         .default_value = std::int64_t{256},
         .description = "guests at once",
         .limits = Limits{1, 4096}},
        {.name = "limits.connections_of_user",
         .default_value = std::int64_t{128},
         .description = "guests at once whose QEMU runs as one user",
         .limits = Limits{1, 4096}},
        {.name = "limits.requests_per_second",
         .default_value = std::int64_t{20},
         .description = "of one guest",
         .limits = Limits{1, 1000}},
    });
}

Result<Config> make_config(const config::Settings& settings) {
    const auto string = [&](std::string_view name) { return settings.get<std::string>(name); };
    const auto number = [&](std::string_view name) {
        return static_cast<std::size_t>(settings.get<std::int64_t>(name));
    };
    Config config;
    config.listen = string("listen");
    config.state_dir = string("state_dir");
    config.log_level = string("log.level");
    config.qemu = string("qemu");
    config.snp_firmware = string("snp.firmware");
    config.snp_cpu_model = string("snp.cpu_model");
    config.tdx_firmware = string("tdx.firmware");
    config.executed_firmware = settings.get<Strings>("executed_firmware");
    config.limits = {number("limits.connections"), number("limits.connections_of_user"),
                     number("limits.requests_per_second")};
    if (config.snp_firmware.empty() && config.tdx_firmware.empty())
        return fail(Code::invalid_argument,
                    "neither snp.firmware nor tdx.firmware is set: there is no processor to simulate");
    return config;
}

} // namespace redoubt::services::simtee
