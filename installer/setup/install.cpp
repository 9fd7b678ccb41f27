// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "installer/setup/install.hpp"

#include <format>
#include <map>

#include "common/base/file.hpp"
#include "common/encoding/json.hpp"
#include "installer/setup/command.hpp"
#include "installer/setup/layout.hpp"

namespace redoubt::installer {
namespace {

using appliance::Part;
using std::filesystem::path;

constexpr std::size_t k_seed_bytes = 1U << 20U;
// Nothing may be typed; keys are enrolled where the firmware waits for them.
constexpr std::string_view k_loader_settings =
    "timeout 0\neditor no\nauto-entries no\nauto-firmware no\nsecure-boot-enroll force\n";

/// Where each file of the boot partition comes from.
std::map<path, path> boot_files(const Payload& payload) {
    const auto from = [&](Part part) { return payload.folder / payload.manifest.file(part).name; };
    return {
        {path("EFI/BOOT/BOOTX64.EFI"), from(Part::boot_loader)},
        {path("EFI/systemd/systemd-bootx64.efi"), from(Part::boot_loader)},
        {path("EFI/Linux") / std::format("redoubt_{}.efi", payload.manifest.version), from(Part::kernel)},
        {path("loader/keys/auto/PK.auth"), from(Part::secure_boot_pk)},
        {path("loader/keys/auto/KEK.auth"), from(Part::secure_boot_kek)},
        {path("loader/keys/auto/db.auth"), from(Part::secure_boot_db)},
    };
}

Status make_folder(const path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return fail(Code::internal, "make folder {}: {}", folder.string(), error.message());
    return {};
}

Status stage_boot_partition(const Payload& payload, const path& folder) {
    for (const auto& [name, source] : boot_files(payload)) {
        RDT_CHECK(make_folder((folder / name).parent_path()));
        std::error_code error;
        std::filesystem::copy_file(source, folder / name, error);
        if (error) return fail(Code::internal, "copy {}: {}", source.string(), error.message());
    }
    return write_file(folder / "loader/loader.conf", k_loader_settings);
}

Result<Sources> stage(const Payload& payload, const Installation& installation) {
    Sources sources{.payload = payload.folder,
                    .boot_partition = installation.work / "boot",
                    .seed = installation.work / "seed"};
    RDT_CHECK(stage_boot_partition(payload, sources.boot_partition));
    auto seed = installation.answers;
    if (seed.size() >= k_seed_bytes)
        return fail(Code::invalid_argument, "the answers are larger than their partition");
    seed.resize(k_seed_bytes, '\0');
    RDT_CHECK(write_file(sources.seed, seed, 0600));
    const auto definitions = installation.work / "definitions";
    RDT_CHECK(make_folder(definitions));
    for (const auto& definition : make_layout(payload.manifest, sources))
        RDT_CHECK(write_file(definitions / definition.name, definition.text));
    return sources;
}

Result<std::string> write_partitions(const Installation& installation) {
    std::vector<std::string> words = {"systemd-repart", "--dry-run=no", "--json=short", "--no-pager",
                                      "--definitions=" + (installation.work / "definitions").string()};
    if (installation.image_bytes) {
        words.insert(words.end(), {"--offline=yes", "--empty=create",
                                   std::format("--size={}", *installation.image_bytes)});
    } else {
        words.emplace_back(installation.erase ? "--empty=force" : "--empty=require");
    }
    words.push_back(installation.target.string());
    return run_command(words);
}

/// What was written, by the name of its definition: offset on the target.
Result<std::map<std::string, std::uint64_t>> parse_offsets(std::string_view text) {
    RDT_TRY(const auto document, json::parse("systemd-repart", text));
    RDT_TRY(const auto partitions, document.root().array());
    std::map<std::string, std::uint64_t> offsets;
    for (const auto& partition : partitions) {
        RDT_TRY(const auto file, partition["file"].string());
        RDT_TRY(offsets[path(file).filename().string()], partition["offset"].unsigned_integer());
    }
    return offsets;
}

Status verify_slot(const Payload& payload, const path& target,
                   const std::map<std::string, std::uint64_t>& offsets) {
    for (const auto& [part, name] :
         {std::pair(Part::usr_verity_sig, "21-a.conf"), std::pair(Part::usr_verity, "22-a.conf"),
          std::pair(Part::usr, "23-a.conf")}) {
        const auto found = offsets.find(name);
        if (found == offsets.end())
            return fail(Code::internal, "systemd-repart does not tell where {} is", name);
        const auto& file = payload.manifest.file(part);
        RDT_TRY(const auto hash, hash_range(target, found->second, file.bytes));
        if (hash != file.sha256)
            return fail(Code::data_loss, "{}: {} reads back as something else", target.string(), file.name);
    }
    return {};
}

Status verify_boot_partition(const Payload& payload, const Installation& installation,
                             const std::map<std::string, std::uint64_t>& offsets) {
    const auto found = offsets.find("10-boot.conf");
    if (found == offsets.end())
        return fail(Code::internal, "systemd-repart does not tell where the boot partition is");
    const auto back = installation.work / "read-back";
    const auto image = std::format("{}@@{}", installation.target.string(), found->second);
    for (const auto& [name, source] : boot_files(payload)) {
        RDT_CHECK(run_command({"mcopy", "-n", "-o", "-i", image, "::/" + name.string(), back.string()}));
        std::error_code error;
        const auto bytes = std::filesystem::file_size(source, error);
        if (error || std::filesystem::file_size(back, error) != bytes)
            return fail(Code::data_loss, "{} reads back shorter or longer", name.string());
        RDT_TRY(const auto wanted, hash_range(source, 0, bytes));
        RDT_TRY(const auto got, hash_range(back, 0, bytes));
        if (got != wanted) return fail(Code::data_loss, "{} reads back as something else", name.string());
    }
    return {};
}

} // namespace

Status install(const Payload& payload, const Installation& installation) {
    RDT_CHECK(stage(payload, installation));
    RDT_TRY(const auto said, write_partitions(installation));
    RDT_TRY(const auto offsets, parse_offsets(said));
    if (!installation.image_bytes)
        RDT_CHECK(run_command({"blockdev", "--flushbufs", installation.target.string()}));
    RDT_CHECK(verify_slot(payload, installation.target, offsets));
    return verify_boot_partition(payload, installation, offsets);
}

} // namespace redoubt::installer
