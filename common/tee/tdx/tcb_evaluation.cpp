// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/tdx/verifier.hpp"

#include <algorithm>

namespace redoubt::tee::tdx {
namespace {

void add_advisories(std::vector<std::string>& into, const std::vector<std::string>& from) {
    for (const auto& advisory : from)
        if (!std::ranges::contains(into, advisory)) into.push_back(advisory);
}

/// Platform and module for one TEE TCB SVN; the QE is added by the caller.
struct Standing {
    const TcbLevel* platform = nullptr;
    const TdxModule* module = nullptr;
    const SvnLevel* module_level = nullptr;
    bool is_module_known = true;
};

Standing stand(const TcbInfo& info, const Pck& pck, std::string_view tee_tcb_svn) {
    Standing standing;
    standing.platform = find_level(info, pck, tee_tcb_svn);
    if (tee_tcb_svn.empty() || tee_tcb_svn[1] == 0) return standing;
    standing.module = find_module(info, tee_tcb_svn);
    if (standing.module != nullptr)
        standing.module_level =
            find_level(standing.module->levels, static_cast<std::uint8_t>(tee_tcb_svn[0]));
    standing.is_module_known = standing.module_level != nullptr;
    return standing;
}

std::optional<TcbStatus> status_of(const Standing& standing, std::optional<TcbStatus> qe) {
    if (standing.platform == nullptr || !standing.is_module_known) return std::nullopt;
    const auto module =
        standing.module_level == nullptr ? std::nullopt : std::optional(standing.module_level->status);
    return converge(standing.platform->status, module, qe);
}

/// The status of a TD that was launched by an old module when the current one is good.
std::optional<TcbStatus> relaunch_status(std::optional<TcbStatus> current) {
    if (current == TcbStatus::up_to_date || current == TcbStatus::sw_hardening_needed)
        return TcbStatus::td_relaunch_advised;
    if (current == TcbStatus::configuration_needed ||
        current == TcbStatus::configuration_and_sw_hardening_needed)
        return TcbStatus::td_relaunch_advised_configuration_needed;
    return std::nullopt;
}

bool is_out_of_date(std::optional<TcbStatus> status) {
    return status == TcbStatus::out_of_date || status == TcbStatus::out_of_date_configuration_needed;
}

} // namespace

TcbEvaluation evaluate_tcb(const TcbInfo& info, const Pck& pck, const TdReport* td,
                           const EnclaveIdentity* identity, const EnclaveReport* qe) {
    TcbEvaluation evaluation;
    const auto standing =
        stand(info, pck, td == nullptr ? std::string_view() : std::string_view(td->tee_tcb_svn));
    if (standing.platform != nullptr) {
        evaluation.platform = *standing.platform;
        add_advisories(evaluation.advisories, standing.platform->advisories);
    }
    if (standing.module != nullptr && td != nullptr) {
        evaluation.module_id = standing.module->id;
        evaluation.module_signer_matches = standing.module->mr_signer == td->mr_signer_seam;
    }
    if (standing.module_level != nullptr) {
        evaluation.module_level = *standing.module_level;
        add_advisories(evaluation.advisories, standing.module_level->advisories);
    }
    std::optional<TcbStatus> qe_status;
    if (identity != nullptr && qe != nullptr) {
        const auto* level = find_level(identity->levels, qe->isv_svn);
        if (level == nullptr) return evaluation; // no level: not supported
        evaluation.qe_level = *level;
        add_advisories(evaluation.advisories, level->advisories);
        qe_status = level->status;
    }
    evaluation.overall = status_of(standing, qe_status);
    const bool has_current = td != nullptr && td->tee_tcb_svn2 && *td->tee_tcb_svn2 != td->tee_tcb_svn;
    if (is_out_of_date(evaluation.overall) && has_current) {
        const auto advised = relaunch_status(status_of(stand(info, pck, *td->tee_tcb_svn2), qe_status));
        if (advised) evaluation.overall = advised;
    }
    return evaluation;
}

} // namespace redoubt::tee::tdx
