// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/access/pairing_window.hpp"

#include "common/pairing/pairing_proof.hpp"

namespace redoubt::node::access {

Status PairingWindow::open(const crypto::Digest& node, Time now) {
    RDT_TRY(auto code, pairing::make_code());
    return open_with(std::move(code), node, now);
}

Status PairingWindow::open_with(std::string code, const crypto::Digest& node, Time now) {
    RDT_TRY(const auto normal, pairing::normalize_code(code));
    RDT_TRY(auto key, pairing::derive_key(normal, node));
    open_.emplace(
        Open{.code = std::move(code), .key = std::move(key), .node = node, .end = now + k_pairing_time});
    return {};
}

void PairingWindow::close(std::string reason) {
    if (open_) crypto::wipe(open_->code);
    open_.reset();
    closed_reason_ = std::move(reason);
}

void PairingWindow::end_if_late(Time now) {
    if (open_ && now >= open_->end) close("the code was not used in ten minutes");
}

Result<std::string> PairingWindow::prove(std::string_view proof, const crypto::Digest& client, Time now) {
    end_if_late(now);
    if (!open_) return fail(Code::failed_precondition, "pairing is closed: {}", closed_reason_);
    RDT_TRY(const auto expected, pairing::client_proof(open_->key, open_->node, client));
    RDT_TRY(auto answer, pairing::node_proof(open_->key, open_->node, client));
    if (crypto::equal_in_constant_time(proof, expected)) {
        close("the code was used");
        return answer;
    }
    if (--open_->tries_left == 0) close("a wrong code was given too often");
    if (!open_) return fail(Code::permission_denied, "the code is wrong, and pairing is closed now");
    return fail(Code::permission_denied, "the code is wrong; {} of {} tries are left", open_->tries_left,
                k_pairing_tries);
}

PairingWindow::State PairingWindow::state(Time now) {
    end_if_late(now);
    if (!open_) return {.closed_reason = closed_reason_};
    return {.is_open = true,
            .code = open_->code,
            .tries_left = open_->tries_left,
            .left = std::chrono::ceil<std::chrono::seconds>(open_->end - now),
            .closed_reason = {}};
}

} // namespace redoubt::node::access
