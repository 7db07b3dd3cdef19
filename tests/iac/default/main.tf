# Holdfast 0.1.0 #v=1

# The keys of the API come from the environment: REDISCLOUD_ACCESS_KEY and REDISCLOUD_SECRET_KEY.
# The state holds the database's password: keep it where only you can read it.
terraform {
  required_version = ">= 1.3"

  required_providers {
    rediscloud = {
      source  = "RedisLabs/rediscloud"
      version = "~> 2.11"
    }
  }
}

provider "rediscloud" {}

variable "card_last_four" {
  description = "Last four digits of the card that pays, as in Billing & Payments"
  type        = string

  validation {
    condition     = can(regex("^[0-9]{4}$", var.card_last_four))
    error_message = "Four digits."
  }
}

variable "backup_path" {
  description = "Where backups go: s3://bucket/folder; Redis Cloud needs the right to write there"
  type        = string
  sensitive   = true
}

# The card that pays. Through a marketplace: put payment_method = "marketplace" in the place of
# payment_method_id below and drop this; with a direct contract drop both.
data "rediscloud_payment_method" "card" {
  last_four_numbers = var.card_last_four
  exclude_expired   = true
}

# The size includes the replica. Exactly one plan may match, else the plan step ends with an error.
data "rediscloud_essentials_plan" "main" {
  size                     = 2.5
  size_measurement_unit    = "GB"
  cloud_provider           = "AWS"
  region                   = "us-east-1"
  availability             = "Multi-zone"
  support_data_persistence = true
}

resource "rediscloud_essentials_subscription" "main" {
  name              = "app"
  plan_id           = data.rediscloud_essentials_plan.main.id
  payment_method_id = data.rediscloud_payment_method.card.id
}

# On this plan provider 2.11 sends neither enable_tls nor source_ips, and reports no difference.
# Until you have done it by the API, the password crosses the internet in clear; later applies leave
# it as it is. Put your networks in, as CIDRs:
#   curl -sS -X PUT -H "x-api-key: $REDISCLOUD_ACCESS_KEY" -H "x-api-secret-key: $REDISCLOUD_SECRET_KEY" "https://api.redislabs.com/v1/fixed/subscriptions/$SUBSCRIPTION_ID/databases/$DATABASE_ID" -H "content-type: application/json" -d '{"enableTls":true,"sourceIps":["192.0.2.0/24"]}'
resource "rediscloud_essentials_database" "main" {
  subscription_id  = rediscloud_essentials_subscription.main.id
  name             = "app"
  data_persistence = "aof-every-1-second"
  data_eviction    = "noeviction"
  replication      = true

  # Every 24 hours: this plan has no other interval.
  periodic_backup_path = var.backup_path

  alert {
    name  = "datasets-size"
    value = 80
  }

  alert {
    name  = "throughput-higher-than"
    value = 3200
  }

  alert {
    name  = "connections-limit"
    value = 80
  }

  # Some arguments can't be changed in place: without this, a change of theirs would destroy the
  # data.
  lifecycle {
    prevent_destroy = true
  }
}

# Host and port for REDIS_HOST and REDIS_PORT.
output "endpoint" {
  value = rediscloud_essentials_database.main.public_endpoint
}

# For REDIS_PASSWORD: terraform output -raw password
output "password" {
  value     = rediscloud_essentials_database.main.password
  sensitive = true
}
