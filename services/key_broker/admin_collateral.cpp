// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// What vendors say: which of it is at hand and until when it is good, and bringing more.

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "common/log/log.hpp"
#include "services/attestation/collateral_import.hpp"
#include "services/key_broker/admin.hpp"
#include "services/key_broker/admin_json.hpp"

namespace redoubt::services::key_broker {
namespace {

namespace bj = boost::json;
using attestation::CollateralImport;
using attestation::StagedCollateral;

bj::object item_json(std::string_view place, std::string_view what, std::string name, tee::Time from,
                     std::optional<tee::Time> until, tee::Time now) {
    bj::object item{
        {"place", place}, {"kind", what}, {"name", std::move(name)}, {"from", tee::render_time(from)}};
    // A list that does not say is never fresh.
    item["until"] = until ? bj::value(tee::render_time(*until)) : bj::value(nullptr);
    item["expired"] = !until || *until < now;
    return item;
}

void add_pool(bj::array& items, std::string_view place, const std::vector<tee::Certificate>& certificates,
              const std::vector<tee::RevocationList>& lists, tee::Time now) {
    for (const auto& certificate : certificates)
        items.push_back(item_json(place, "certificate", certificate.subject(), certificate.not_before(),
                                  certificate.not_after(), now));
    for (const auto& list : lists)
        items.push_back(
            item_json(place, "revocation-list", list.issuer(), list.this_update(), list.next_update(), now));
}

void add_family(bj::array& items, const tee::tdx::Collateral& family, tee::Time now) {
    if (family.tcb_info)
        if (const auto info = tee::tdx::parse_tcb_info(family.tcb_info->body))
            items.push_back(
                item_json("tdx", "tcb-info", info->fmspc, info->issue_date, info->next_update, now));
    if (family.qe_identity)
        if (const auto identity = tee::tdx::parse_enclave_identity(family.qe_identity->body))
            items.push_back(item_json("tdx", "qe-identity", identity->id, identity->issue_date,
                                      identity->next_update, now));
    add_pool(items, "tdx", family.certificates, family.revocation_lists, now);
}

} // namespace

Answer<bj::value> Admin::list_collateral(const Administrator& who,
                                         const attestation::Collateral& collateral) {
    if (const auto allowed = check(who, Role::auditor, "", "collateral.list"); !allowed)
        return std::unexpected(allowed.error());
    bj::array items;
    add_pool(items, "snp", collateral.snp_certificates, collateral.snp_revocation_lists, now_());
    for (const auto& family : collateral.tdx) add_family(items, family, now_());
    return items;
}

Answer<void> Admin::import_collateral(const Administrator& who, std::string_view body,
                                      const attestation::Collateral& collateral) {
    if (const auto allowed = check(who, Role::admin, "", "collateral.import"); !allowed) return allowed;
    if (collateral_.folder.empty() || !collateral_.reload)
        return refuse("CollateralError", 404, "this broker has no folder for collateral");
    const auto import = attestation::parse_collateral_import(body);
    if (!import) return refuse("CollateralError", import.error());
    auto staged = StagedCollateral::make(collateral_.folder, *import, collateral);
    if (!staged) return refuse("CollateralError", staged.error());
    bj::array files;
    for (const auto& file : import->files)
        files.push_back(bj::object{{"name", file.name}, {"digest", digest_text(file.bytes)}});
    // On record before it counts: what fails from here on is in the log as asked for.
    if (const auto written = write(who, {}, "collateral.import", "", "collateral/" + import->place,
                                   {{"files", std::move(files)}});
        !written)
        return written;
    const auto used = staged->put_into_use().and_then(collateral_.reload);
    if (used) return {};
    log::error("collateral: " + used.error().message);
    return refuse("CollateralError", 500, "internal error");
}

} // namespace redoubt::services::key_broker
