// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// What vendors say: which of it is at hand and until when it is good, and bringing more.

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "common/encoding/hex.hpp"
#include "common/log/log.hpp"
#include "services/attestation/collateral_import.hpp"
#include "services/key_broker/admin.hpp"
#include "services/key_broker/admin_json.hpp"

namespace redoubt::services::key_broker {
namespace {

namespace bj = boost::json;
using attestation::CollateralImport;
using attestation::StagedCollateral;

/// Makes the items of the list, each with where it came from and how fetching it goes.
class ItemList {
  public:
    ItemList(const attestation::Collateral& collateral, const attestation::FetchState* fetches, tee::Time now)
        : collateral_(&collateral), fetches_(fetches), now_(now) {}

    void add_pool(std::string_view place, const std::vector<tee::Certificate>& certificates,
                  const std::vector<tee::RevocationList>& lists) {
        for (const auto& certificate : certificates)
            add(place, "certificate", certificate.subject(),
                {certificate.not_before(), certificate.not_after(), attestation::digest_of(certificate)});
        for (const auto& list : lists)
            add(place, "revocation-list", list.issuer(),
                {list.this_update(), list.next_update(), attestation::digest_of(list)});
    }

    void add_family(const tee::tdx::Collateral& family) {
        if (family.tcb_info)
            if (const auto info = tee::tdx::parse_tcb_info(family.tcb_info->body))
                add("tdx", "tcb-info", encoding::to_hex(info->fmspc),
                    {info->issue_date, info->next_update, attestation::digest_of(*family.tcb_info)});
        if (family.qe_identity)
            if (const auto identity = tee::tdx::parse_enclave_identity(family.qe_identity->body))
                add("tdx", "qe-identity", identity->id,
                    {identity->issue_date, identity->next_update,
                     attestation::digest_of(*family.qe_identity)});
        add_pool("tdx", family.certificates, family.revocation_lists);
    }

    void add_vceks() {
        for (const auto& [key, certificate] : collateral_->vceks)
            add("snp", "vcek", key,
                {certificate.not_before(), certificate.not_after(), attestation::digest_of(certificate)});
    }

    /// What is to be fetched and has never come.
    void add_missing() {
        if (fetches_ == nullptr) return;
        for (const auto& statement : fetches_->statements)
            if (!statement.came) items_.push_back(missing(statement));
    }

    [[nodiscard]] bj::array take() { return std::move(items_); }

  private:
    struct Span {
        tee::Time from;
        std::optional<tee::Time> until;
        std::string digest;
    };

    void add(std::string_view place, std::string_view what, std::string name, const Span& span) {
        bj::object item{{"place", place},
                        {"kind", what},
                        {"name", std::move(name)},
                        {"from", tee::render_time(span.from)}};
        // A list that does not say is never fresh.
        item["until"] = span.until ? bj::value(tee::render_time(*span.until)) : bj::value(nullptr);
        item["expired"] = !span.until || *span.until < now_;
        const auto found = collateral_->origins.find(span.digest);
        const auto origin = found == collateral_->origins.end() ? attestation::Origin() : found->second;
        item["source"] = name_of(origin.source);
        item["origin"] = origin.from.empty() ? bj::value(nullptr) : bj::value(origin.from);
        item["came"] = origin.came ? bj::value(tee::render_time(*origin.came)) : bj::value(nullptr);
        item["last_error"] = last_error(origin);
        items_.push_back(std::move(item));
    }

    [[nodiscard]] bj::value last_error(const attestation::Origin& origin) const {
        if (fetches_ == nullptr || origin.source != attestation::Source::fetched) return nullptr;
        for (const auto& statement : fetches_->statements)
            if (statement.url == origin.from && !statement.error.empty()) return bj::value(statement.error);
        return nullptr;
    }

    static bj::object missing(const attestation::FetchedStatement& statement) {
        const auto place = statement.places.empty() ? std::string() : statement.places.front();
        return {{"place", place.substr(0, place.find('/'))},
                {"kind", statement.kind},
                {"name", statement.url},
                {"from", nullptr},
                {"until", nullptr},
                {"expired", true},
                {"source", name_of(attestation::Source::fetched)},
                {"origin", statement.url},
                {"came", nullptr},
                {"last_error", statement.error.empty() ? bj::value(nullptr) : bj::value(statement.error)}};
    }

    const attestation::Collateral* collateral_;
    const attestation::FetchState* fetches_;
    tee::Time now_;
    bj::array items_;
};

} // namespace

Answer<bj::value> Admin::list_collateral(const Administrator& who,
                                         const attestation::Collateral& collateral) {
    if (const auto allowed = check(who, Role::auditor, "", "collateral.list"); !allowed)
        return std::unexpected(allowed.error());
    ItemList items(collateral, collateral_.fetches, now_());
    items.add_pool("snp", collateral.snp_certificates, collateral.snp_revocation_lists);
    items.add_vceks();
    for (const auto& family : collateral.tdx) items.add_family(family);
    items.add_missing();
    return items.take();
}

Answer<void> Admin::import_collateral(const Administrator& who, std::string_view body,
                                      const attestation::Collateral& collateral) {
    if (const auto allowed = check(who, Role::admin, "", "collateral.import"); !allowed) return allowed;
    if (collateral_.folder.empty() || !collateral_.reload)
        return refuse("CollateralError", 404, "this broker has no folder for collateral");
    const auto import = attestation::parse_collateral_import(body);
    if (!import) return refuse("CollateralError", import.error());
    auto staged = StagedCollateral::make(collateral_.folder, *import, collateral, now_());
    if (!staged) return refuse("CollateralError", staged.error());
    bj::array files;
    for (const auto& file : import->files)
        files.push_back(bj::object{{"name", file.name}, {"digest", digest_text(file.bytes)}});
    // On record before it counts: what fails from here on is in the log as asked for.
    if (const auto written = write(who, {}, "collateral.import", "", "collateral/" + import->place,
                                   {{"files", std::move(files)}, {"bundle", import->origin.from}});
        !written)
        return written;
    const auto used = staged->put_into_use().and_then(collateral_.reload);
    if (used) return {};
    log::error("collateral: " + used.error().message);
    return refuse("CollateralError", 500, "internal error");
}

} // namespace redoubt::services::key_broker
