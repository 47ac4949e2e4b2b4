/*
 * Objects as the API answers them when nothing has happened to them yet: every
 * member that version 2026-10-28.endive has without exception is there.
 */
#include "config.h"

#include <string.h>

#include "sandbox/stripe_shapes.h"

#define SESSION                                                                \
	"{'id':'','object':'checkout.session',"                                \
	"'adaptive_pricing':{'enabled':false},'after_expiration':null,"        \
	"'allow_promotion_codes':null,'allowed_payment_method_types':null,"    \
	"'amount_subtotal':0,'amount_total':0,"                                \
	"'automatic_tax':{'enabled':false,'liability':null,'provider':null,"   \
	"'status':null},'billing_address_collection':null,"                    \
	"'cancel_url':null,'client_reference_id':null,'client_secret':null,"   \
	"'collected_information':null,'consent':null,"                         \
	"'consent_collection':null,'created':0,'currency':'',"                 \
	"'currency_conversion':null,'custom_fields':[],"                       \
	"'custom_text':{'after_submit':null,'shipping_address':null,"          \
	"'submit':null,'terms_of_service_acceptance':null},'customer':null,"   \
	"'customer_account':null,'customer_creation':'if_required',"           \
	"'customer_details':null,'customer_email':null,'discounts':[],"        \
	"'expires_at':0,'integration_identifier':null,'invoice':null,"         \
	"'invoice_creation':{'enabled':false,'invoice_data':{"                 \
	"'account_tax_ids':null,'custom_fields':null,'description':null,"      \
	"'footer':null,'issuer':null,'metadata':{},"                           \
	"'rendering_options':null}},'livemode':false,'locale':null,"           \
	"'managed_payments':{'enabled':false},'metadata':{},"                  \
	"'mode':'payment','origin_context':null,'payment_intent':null,"        \
	"'payment_link':null,'payment_method_collection':'if_required',"       \
	"'payment_method_configuration_details':null,"                         \
	"'payment_method_options':{'card':{"                                   \
	"'request_three_d_secure':'automatic'}},"                              \
	"'payment_method_types':['card'],'payment_status':'unpaid',"           \
	"'permissions':null,'phone_number_collection':{'enabled':false},"      \
	"'recovered_from':null,'saved_payment_method_options':null,"           \
	"'setup_intent':null,'shipping_address_collection':null,"              \
	"'shipping_cost':null,'shipping_options':[],'status':'open',"          \
	"'submit_type':null,'subscription':null,'success_url':null,"           \
	"'total_details':{'amount_discount':0,'amount_shipping':0,"            \
	"'amount_tax':0},'ui_mode':'hosted_page','url':null,"                  \
	"'wallet_options':null,'_box':{}}"

#define INTENT                                                                 \
	"{'id':'','object':'payment_intent',"                                  \
	"'allowed_payment_method_types':null,'amount':0,"                      \
	"'amount_capturable':0,'amount_details':{'tip':{}},"                   \
	"'amount_received':0,'application':null,"                              \
	"'application_fee_amount':null,'automatic_payment_methods':null,"      \
	"'canceled_at':null,'cancellation_reason':null,"                       \
	"'capture_method':'automatic_async','client_secret':null,"             \
	"'confirmation_method':'automatic','created':0,'currency':'',"         \
	"'customer':null,'customer_account':null,'description':null,"          \
	"'excluded_payment_method_types':null,'last_payment_error':null,"      \
	"'latest_charge':null,'livemode':false,'managed_payments':null,"       \
	"'metadata':{},'next_action':null,'on_behalf_of':null,"                \
	"'payment_method':null,"                                               \
	"'payment_method_configuration_details':null,"                         \
	"'payment_method_options':{'card':{'installments':null,"               \
	"'mandate_options':null,'network':null,"                               \
	"'request_three_d_secure':'automatic'}},"                              \
	"'payment_method_types':['card'],'payment_record':null,"               \
	"'processing':null,'receipt_email':null,'review':null,"                \
	"'setup_future_usage':null,'shipping':null,'source':null,"             \
	"'statement_descriptor':null,'statement_descriptor_suffix':null,"      \
	"'status':'requires_payment_method','transfer_data':null,"             \
	"'transfer_group':null,'_box':{}}"

#define CARD_CHECKS                                                            \
	"'checks':{'address_line1_check':null,"                                \
	"'address_postal_code_check':null,'cvc_check':'pass'}"

#define BILLING                                                                \
	"'billing_details':{'address':{'city':null,'country':'GB',"            \
	"'line1':null,'line2':null,'postal_code':null,'state':null},"          \
	"'email':null,'name':null,'phone':null,'tax_id':null}"

#define CHARGE                                                                 \
	"{'id':'','object':'charge','amount':0,'amount_captured':0,"           \
	"'amount_refunded':0,'application':null,'application_fee':null,"       \
	"'application_fee_amount':null,'balance_transaction':null," BILLING    \
	",'calculated_statement_descriptor':'FUNNY HATS','captured':false,"    \
	"'created':0,'currency':'','customer':null,'description':null,"        \
	"'disputed':false,'failure_balance_transaction':null,"                 \
	"'failure_code':null,'failure_message':null,'fraud_details':{},"       \
	"'livemode':false,'metadata':{},'on_behalf_of':null,"                  \
	"'outcome':{'advice_code':null,'network_advice_code':null,"            \
	"'network_decline_code':null,"                                         \
	"'network_status':'approved_by_network','reason':null,"                \
	"'risk_level':'normal','risk_score':20,"                               \
	"'seller_message':'Payment complete.','type':'authorized'},"           \
	"'paid':true,'payment_intent':null,'payment_method':null,"             \
	"'payment_method_details':{'type':'card','card':{"                     \
	"'amount_authorized':0,'authorization_code':null,'brand':'visa',"      \
	"'capture_before':0," CARD_CHECKS                                      \
	",'country':'GB','electronic_commerce_indicator':null,"                \
	"'exp_month':12,'exp_year':2034,"                                      \
	"'extended_authorization':{'status':'disabled'},"                      \
	"'fingerprint':'sandboxsandbox','funding':'credit',"                   \
	"'incremental_authorization':{'status':'unavailable'},"                \
	"'installments':null,'last4':'','mandate':null,"                       \
	"'multicapture':{'status':'unavailable'},'network':'visa',"            \
	"'network_token':{'used':false},'network_transaction_id':null,"        \
	"'overcapture':{'maximum_amount_capturable':0,"                        \
	"'status':'unavailable'},'regulated_status':'unregulated',"            \
	"'three_d_secure':null,'transaction_link_id':null,'wallet':null}},'"   \
	"radar_options':{},"                                                   \
	"'receipt_email':null,'receipt_number':null,'receipt_url':null,"       \
	"'refunded':false,'review':null,'shipping':null,'source':null,"        \
	"'source_transfer':null,'statement_descriptor':null,"                  \
	"'statement_descriptor_suffix':null,'status':'succeeded',"             \
	"'transfer_data':null,'transfer_group':null,'_box':{}}"

#define METHOD                                                                 \
	"{'id':'','object':'payment_method','allow_redisplay':'unspecified'"   \
	"," BILLING ",'card':{'brand':'visa'," CARD_CHECKS                     \
	",'country':'GB','display_brand':'visa','exp_month':12,"               \
	"'exp_year':2034,'fingerprint':'sandboxsandbox','funding':'credit',"   \
	"'generated_from':null,'last4':'','networks':{'available':['visa'],"   \
	"'preferred':null},'regulated_status':'unregulated',"                  \
	"'three_d_secure_usage':{'supported':true},'wallet':null},"            \
	"'created':0,'customer':null,'customer_account':null,"                 \
	"'livemode':false,'metadata':{},'type':'card','_box':{}}"

#define BALANCE                                                                \
	"{'id':'','object':'balance_transaction','amount':0,"                  \
	"'available_on':0,'balance_type':'payments','created':0,"              \
	"'currency':'','description':null,'exchange_rate':null,'fee':0,"       \
	"'fee_details':[],'net':0,'reporting_category':'charge',"              \
	"'source':null,'status':'pending','type':'charge','_box':{}}"

#define REFUND                                                                 \
	"{'id':'','object':'refund','amount':0,'balance_transaction':null,"    \
	"'charge':null,'created':0,'currency':'','customer':null,"             \
	"'customer_account':null,'destination_details':{'card':{"              \
	"'reference_status':'pending',"                                        \
	"'reference_type':'acquirer_reference_number','type':'refund'},"       \
	"'type':'card'},'metadata':{},'payment_intent':null,"                  \
	"'payment_method':null,'reason':null,'receipt_number':null,"           \
	"'source_transfer_reversal':null,'status':'succeeded',"                \
	"'transfer_reversal':null,'_box':{}}"

#define DISPUTE                                                                \
	"{'id':'','object':'dispute','amount':0,"                              \
	"'balance_transactions':[],'charge':'','created':0,"                   \
	"'currency':'','enhanced_eligibility_types':[],"                       \
	"'evidence':{'access_activity_log':null,'billing_address':null,"       \
	"'cancellation_policy':null,"                                          \
	"'cancellation_policy_disclosure':null,"                               \
	"'cancellation_rebuttal':null,'customer_communication':null,"          \
	"'customer_email_address':null,'customer_name':null,"                  \
	"'customer_purchase_ip':null,'customer_signature':null,"               \
	"'duplicate_charge_documentation':null,"                               \
	"'duplicate_charge_explanation':null,"                                 \
	"'duplicate_charge_id':null,'enhanced_evidence':{},"                   \
	"'product_description':null,'receipt':null,"                           \
	"'refund_policy':null,'refund_policy_disclosure':null,"                \
	"'refund_refusal_explanation':null,'service_date':null,"               \
	"'service_documentation':null,'shipping_address':null,"                \
	"'shipping_carrier':null,'shipping_date':null,"                        \
	"'shipping_documentation':null,'shipping_tracking_number':null,"       \
	"'uncategorized_file':null,'uncategorized_text':null},"                \
	"'evidence_details':{'due_by':null,'enhanced_eligibility':{},"         \
	"'has_evidence':false,'past_due':false,'submission_count':0,"          \
	"'submission_method':'manual'},"                                       \
	"'intended_submission_method':null,'is_charge_refundable':true,"       \
	"'livemode':false,'metadata':{},'payment_intent':null,"                \
	"'reason':'fraudulent','status':'needs_response','_box':{}}"

#define WARNING                                                                \
	"{'id':'','object':'radar.early_fraud_warning','actionable':true,"     \
	"'charge':'','created':0,'fraud_type':'made_with_stolen_card',"        \
	"'livemode':false,'payment_intent':null,'_box':{}}"

/* Of a session; see stripe_session.c. */
#define LINE                                                                   \
	"{'id':'','object':'item','adjustable_quantity':null,"                 \
	"'amount_discount':0,'amount_subtotal':0,'amount_tax':0,"              \
	"'amount_total':0,'currency':'','description':null,"                   \
	"'metadata':{},'price':{'id':'','object':'price','active':false,"      \
	"'billing_scheme':'per_unit','created':0,'currency':'',"               \
	"'custom_unit_amount':null,'livemode':false,'lookup_key':null,"        \
	"'metadata':{},'nickname':null,'product':'','recurring':null,"         \
	"'tax_behavior':'unspecified','tiers_mode':null,"                      \
	"'transform_quantity':null,'type':'one_time','unit_amount':0,"         \
	"'unit_amount_decimal':'0'},'quantity':0}"

const struct stripe_shape stripe_shapes[] = {
	{ "checkout.session", "cs_test_a1", 58, SESSION },
	{ "payment_intent", "pi_3", 23, INTENT },
	{ "charge", "ch_3", 23, CHARGE },
	{ "payment_method", "pm_1", 23, METHOD },
	{ "balance_transaction", "txn_3", 23, BALANCE },
	{ "refund", "re_3", 23, REFUND },
	{ "dispute", "du_1", 23, DISPUTE },
	{ "radar.early_fraud_warning", "issfr_1", 23, WARNING },
	{ "item", "li_1", 23, LINE },
};
const size_t stripe_shape_count =
    sizeof(stripe_shapes) / sizeof(stripe_shapes[0]);
