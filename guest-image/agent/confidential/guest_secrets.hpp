// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "guest-image/agent/sandbox/keyed_work.hpp"
#include "guest-image/attester/attester.hpp"
#include "guest-image/key_release/resource_source.hpp"

namespace redoubt::guest::confidential {

/// The agent's work with keys. Until there is somebody to ask, images that need no key can be pulled by their
/// digests, and sealed secrets stay words.
class GuestSecrets final : public sandbox::KeyedWork {
  public:
    /// From now on. Lifetime: all outlive the calls. `attester` measures which images are pulled, where its
    /// processor has a register for it.
    void ask(key_release::ResourceSource& resources, const image::ImageAuthority& images,
             attester::Attester& attester) {
        resources_ = &resources;
        images_ = &images;
        attester_ = &attester;
    }

    [[nodiscard]] Result<image::PullRequest>
    read_request(const std::string& source, const std::vector<std::string>& driver_options) override;
    [[nodiscard]] Task<std::vector<std::string>> pull(image::PullRequest request, image::PullDisks disks,
                                                      UniqueFd scratch) override;
    [[nodiscard]] Task<std::vector<std::string>> unseal(std::vector<std::string> variables) override;
    [[nodiscard]] Task<std::string> unseal_file(std::string bytes) override;
    [[nodiscard]] Task<std::unique_ptr<mount::VolumeKey>> volume_key(std::string uri) override;

  private:
    Task<> note_image(std::string reference, std::string digest);

    key_release::ResourceSource* resources_ = nullptr;
    image::ImageAuthority by_digest_;
    const image::ImageAuthority* images_ = &by_digest_;
    attester::Attester* attester_ = nullptr;
};

} // namespace redoubt::guest::confidential
