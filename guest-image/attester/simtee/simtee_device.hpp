// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A simulator in the secure processor's place: redoubt-simtee, over a virtio-serial port. It protects
/// nothing (docs/formats/simtee.md); a guest uses it when its measured command line says so, and never
/// instead of something else.

#include <cstdint>
#include <memory>

#include "common/tee/simtee_link/messages.hpp"
#include "common/ttrpc/byte_stream.hpp"
#include "guest-image/attester/evidence_device.hpp"

namespace redoubt::guest::attester::simtee {

class SimteeDevice final : public EvidenceDevice {
  public:
    /// `port`: /dev/virtio-ports/org.redoubt.simtee. `patience`: for one answer.
    explicit SimteeDevice(std::unique_ptr<ttrpc::ByteStream> port,
                          Duration patience = std::chrono::seconds(20))
        : port_(std::move(port)), patience_(patience) {}

    Task<RawEvidence> evidence_over(std::string report_data) override;
    Task<> extend(std::uint32_t rtmr, std::string digest) override;

  private:
    Task<> find_kind();
    Task<tee::simtee_link::Answer> ask(tee::simtee_link::Request request);
    Task<std::string> read_exactly(std::size_t size);
    Task<tee::simtee_link::Answer> converse(tee::simtee_link::Request request);

    std::unique_ptr<ttrpc::ByteStream> port_;
    Duration patience_;
    std::uint32_t last_id_ = 0;
    /// Which evidence there is; describe until the simulator has said.
    tee::simtee_link::Kind kind_ = tee::simtee_link::Kind::describe;
};

} // namespace redoubt::guest::attester::simtee
